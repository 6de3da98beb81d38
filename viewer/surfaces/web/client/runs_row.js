// One row of the table of runs: a run, a group's heading, or what is not known yet.

import { make, put } from "./make.js";
import { sparkline } from "./sparkline.js";

/** A row that can show one entry after another. */
export function rowOf(hooks) {
  return new Row(hooks);
}

class Row {
  constructor(hooks) {
    this.hooks = hooks;
    this.element = make("tr", { role: "row" });
    for (const what of ["chosen", "ticked"]) this.element.addEventListener(what, () => this.act(what));
    this.element.addEventListener("click", (event) => {
      if (!event.target.closest("a, button, input, label")) this.choose();
    });
  }

  /** Does what a key asks for; where it is not known yet what stands here, once it is. */
  act(what) {
    if (!this.entry) this.wish = what;
    else if (what === "chosen") this.choose();
    else if (this.entry.key !== undefined) this.hooks.tick(this.entry.key);
  }

  choose() {
    if (this.entry?.group !== undefined) this.hooks.fold(this.entry.group);
    else if (this.entry?.key !== undefined && !this.entry.unreadable) this.hooks.open(this.entry.key);
  }

  show(entry, { at, columns, ticked, newest, current }) {
    this.entry = entry && { ...entry, unreadable: entry.status === "unreadable" };
    const chosen = entry?.key !== undefined && ticked.includes(entry.key);
    const made = JSON.stringify([entry, columns]);
    if (made !== this.element.dataset.made) {
      const held = this.element.contains(document.activeElement) && document.activeElement !== this.element ? document.activeElement.className : null;
      this.element.replaceChildren(...(!entry ? waiting(columns) : entry.group !== undefined ? this.heading(entry, columns) : this.run(entry, columns)));
      if (held !== null) this.element.querySelector(`.${held}`)?.focus({ preventScroll: true });
      this.element.dataset.made = made;
      this.element.className = !entry ? "unknown" : entry.group !== undefined ? "group" : `run is-${entry.status || "unread"}`;
    }
    this.element.ariaRowIndex = String(at + 2);
    put(this.element, "tabIndex", current ? 0 : -1);
    this.element.setAttribute("aria-selected", String(chosen));
    this.element.classList.toggle("newest", Boolean(entry?.key) && entry.key === newest);
    const box = this.element.querySelector(".pick");
    if (box) box.checked = chosen;
    if (!entry || !this.wish) return;
    const wish = this.wish;
    this.wish = undefined;
    queueMicrotask(() => this.act(wish)); // not while rows are being laid
  }

  heading({ group, words, runs, folded }, columns) {
    const name = words || "in no group";
    const button = make("button", { type: "button", class: "fold", "aria-expanded": String(!folded), click: () => this.hooks.fold(group) }, `${folded ? "▸" : "▾"} ${name}`);
    return [make("th", { role: "rowheader", scope: "rowgroup", colspan: columns.length + 6 }, button, make("span", { class: "quiet" }, ` ${runs.toLocaleString("en")} run${runs === 1 ? "" : "s"}`))];
  }

  run(entry, columns) {
    const { key, name, of, status, epochs, created, seconds, problem, cells } = entry;
    const box = make("input", { type: "checkbox", class: "pick", tabindex: -1, "aria-label": `choose ${name}`, change: () => this.hooks.tick(key), disabled: status === "unreadable" });
    const link = status === "unreadable" ? make("span", { class: "name", title: key }, name) : make("a", { class: "name", href: `/run/${address(key)}`, tabindex: -1, title: key, click: (event) => this.follow(event) }, name);
    const first = [
      make("td", { role: "gridcell", class: "tick" }, make("label", {}, box)),
      make("th", { role: "rowheader", scope: "row", class: "of-run" }, link, of ? make("span", { class: "of", title: `group ${of}` }, of) : null),
      make("td", { role: "gridcell", class: "of-status" }, make("span", { class: "status" }, status || "…")),
    ];
    if (status === "unreadable") return [...first, make("td", { role: "gridcell", class: "problem", colspan: columns.length + 3, title: problem }, problem)];
    const warned = problem ? make("span", { class: "warned", title: problem, role: "img", "aria-label": problem }, "⚠") : null;
    return [
      ...first,
      make("td", { role: "gridcell", class: "of-epochs number" }, epochs, warned),
      make("td", { role: "gridcell", class: "of-age number", "data-created": created ?? "" }, age(created)),
      make("td", { role: "gridcell", class: "of-seconds number" }, seconds),
      ...cells.map((cell, at) => value(cell, columns[at])),
    ];
  }

  follow(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // another tab, as for every link
    event.preventDefault();
    this.choose();
  }
}

/** A run's name as part of an address. */
export function address(key) {
  return key.split("/").map(encodeURIComponent).join("/");
}

function value({ words, number, curve, fault, known }, column) {
  const name = column.replace(/^config\./, "");
  return make(
    "td",
    { role: "gridcell", class: `value${number ? " number" : ""}`, "data-name": name, title: fault || (words.length > 12 ? words : null) },
    curve.length > 1 ? sparkline(curve) : null,
    make("span", { class: "words" }, known ? words || (fault ? "–" : "") : "…"),
  );
}

function waiting(columns) {
  return Array.from({ length: columns.length + 6 }, () => make("td", { role: "gridcell" }, "…"));
}

let ahead = 0; // seconds that the viewer's clock is before ours

/** Takes the viewer's clock. */
export function setClock(now) {
  ahead = now - Date.now() / 1000;
}

/** How long ago that was, in its largest unit. */
export function age(created) {
  if (created === null || created === "") return "";
  const seconds = Math.max(Date.now() / 1000 + ahead - Number(created), 0);
  for (const [unit, size] of [["d", 86400], ["h", 3600], ["min", 60]]) {
    if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
  }
  return `${Math.floor(seconds)} s`;
}
