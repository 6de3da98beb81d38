// What stands above the table of runs: filter, group, columns, and what is done with the runs that are chosen.

import { make, put } from "./make.js";

const MOST_OVERLAID = 12, MOST_COMPARED = 64, MOST_COLUMNS = 24;

export class RunsBar {
  /** hooks: ask(change), live(), overlay(), compare(), newest(), untick(), theme(name). */
  constructor(hooks) {
    this.hooks = hooks;
    this.where = make("input", {
      type: "search", id: "where", spellcheck: "false", autocomplete: "off", autocapitalize: "off", list: "where-names",
      placeholder: "config.lr < 0.001 and val_loss < 0.4", "aria-describedby": "where-fault", maxlength: 1000,
      input: () => this.typed(), change: () => this.typed(0),
    });
    this.fault = make("p", { id: "where-fault", class: "fault", role: "alert", hidden: true });
    this.group = make("select", { id: "group", change: () => hooks.ask({ group: this.group.value, folded: [] }) });
    this.columns = new Columns((columns) => hooks.ask({ columns }));
    this.live = make("button", { type: "button", class: "live", click: hooks.live, title: "stay at the top, where runs that start appear" }, "follow the newest");
    this.newest = make("button", { type: "button", click: hooks.newest, title: "open the newest run, and each one that starts after it" }, "open the newest");
    this.theme = make("button", { type: "button", click: () => hooks.theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark") });
    this.overlay = make("button", { type: "button", click: hooks.overlay }, "overlay");
    this.compare = make("button", { type: "button", click: hooks.compare }, "compare");
    this.chosen = make("span", { class: "quiet", role: "status" });
    this.untick = make("button", { type: "button", click: hooks.untick }, "choose none");
    this.with = make("div", { class: "with", hidden: true }, this.chosen, this.overlay, this.compare, this.untick);
    this.element = make(
      "section",
      { class: "bar", "aria-label": "Filter, groups and columns" },
      make("div", { class: "filter" }, make("label", { for: "where" }, "where"), this.where, this.fault),
      make("div", { class: "field" }, make("label", { for: "group" }, "group by"), this.group),
      this.columns.element,
      this.live, this.newest, this.with,
      (this.names = make("datalist", { id: "where-names" })),
    );
  }

  show({ names, faults, columns }, state) {
    const fault = faults.where ?? "";
    put(this.fault, "textContent", fault);
    put(this.fault, "hidden", !fault);
    this.where.setAttribute("aria-invalid", String(Boolean(fault)));
    if (document.activeElement !== this.where || !this.shown) put(this.where, "value", state.where);
    this.shown = true;
    this.live.setAttribute("aria-pressed", String(state.live));
    put(this.theme, "textContent", document.documentElement.dataset.theme === "dark" ? "light" : "dark");
    this.theme.title = "colours";
    this.showGroups(names, state.group);
    this.showNames(names);
    this.columns.show(columns, names, faults);
    const many = state.ticked.length;
    put(this.with, "hidden", many === 0);
    put(this.chosen, "textContent", `${many} chosen`);
    limit(this.overlay, many > MOST_OVERLAID ? `at most ${MOST_OVERLAID} runs can be laid over one another` : "");
    limit(this.compare, many < 2 ? "a comparison needs two runs or more" : many > MOST_COMPARED ? `at most ${MOST_COMPARED} runs can be compared here` : "");
  }

  showGroups({ config }, group) {
    const made = JSON.stringify([config, group]);
    if (made === this.grouped || document.activeElement === this.group) return;
    this.grouped = made;
    const known = ["", "group", "status", ...config];
    if (!known.includes(group)) known.push(group);
    this.group.replaceChildren(...known.map((name) => make("option", { value: name, selected: name === group }, name || "nothing")));
    this.group.value = group;
  }

  showNames({ fields, config, logs, formulas }) {
    const names = [...config, ...logs, ...fields, ...formulas];
    const made = JSON.stringify(names);
    if (made === this.named) return;
    this.named = made;
    this.names.replaceChildren(...names.map((name) => make("option", { value: name })));
  }

  typed(pause = 250) {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.hooks.ask({ where: this.where.value }), pause);
  }
}

/** The columns, to be taken away and added to. */
class Columns {
  constructor(take) {
    this.take = take;
    this.list = make("ul", { class: "columns" });
    this.name = make("input", { id: "column", list: "column-names", spellcheck: "false", autocomplete: "off", autocapitalize: "off", maxlength: 500, placeholder: "f1@0.3, best(val:mcc), config.lr", "aria-describedby": "column-fault" });
    this.names = make("datalist", { id: "column-names" });
    this.fault = make("p", { id: "column-fault", class: "fault", role: "alert", hidden: true });
    const form = make(
      "form",
      { submit: (event) => this.add(event) },
      make("label", { for: "column" }, "formula, log, config.KEY or field"), this.name, make("button", {}, "add"), this.fault, this.names,
    );
    this.usual = make("button", { type: "button", click: () => take(null) }, "the usual ones");
    this.element = make("details", { class: "chooser" }, make("summary", {}, "columns"), make("div", { class: "box-of" }, this.list, form, this.usual));
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.element.open) return;
      this.element.open = false;
      this.element.firstChild.focus();
    });
  }

  show(columns, names, faults) {
    const made = JSON.stringify([columns, names.config, names.logs, faults]);
    if (made === this.made) return;
    this.made = made;
    this.columns = columns;
    const wrong = columns.filter((name) => faults[name]).map((name) => faults[name]).join(" ");
    put(this.fault, "textContent", wrong);
    put(this.fault, "hidden", !wrong);
    this.element.classList.toggle("wrong", Boolean(wrong));
    this.list.replaceChildren(...columns.map((name, at) => make("li", { class: faults[name] ? "wrong" : "" }, make("span", {}, name), ...this.tools(name, at))));
    this.names.replaceChildren(...[...names.differing, ...names.logs, ...names.formulas, ...names.fields].filter((name) => !columns.includes(name)).map((name) => make("option", { value: name })));
  }

  tools(name, at) {
    const left = make("button", { type: "button", "aria-label": `move ${name} to the left`, disabled: at === 0, click: () => this.take(swapped(this.columns, at)) }, "◂");
    const away = make("button", { type: "button", "aria-label": `take ${name} away`, click: () => this.take(this.columns.filter((one) => one !== name)) }, "×");
    return [left, away];
  }

  add(event) {
    event.preventDefault();
    const name = this.name.value.trim();
    if (!name || this.columns.includes(name)) return;
    this.take([...this.columns, name].slice(-MOST_COLUMNS));
    this.name.value = "";
  }
}

function swapped(columns, at) {
  const found = [...columns];
  [found[at - 1], found[at]] = [found[at], found[at - 1]];
  return found;
}

/** A button that cannot be pressed says why. */
function limit(button, why) {
  put(button, "disabled", Boolean(why));
  put(button, "title", why);
}
