// The view `samples`: those worth a look of a run, or of two, as a gallery that keeps up with the disk.

import { link } from "./around.js";
import { button, choice } from "./fields.js";
import { Downloads, OF_SAMPLES } from "./downloads.js";
import { go } from "./main.js";
import { make, put } from "./make.js";
import { place } from "./place.js";
import { AtRest, remember } from "./router.js";
import { address } from "./runs_row.js";
import { Card } from "./samples_card.js";
import { Detail } from "./samples_detail.js";
import { SamplesGrid } from "./samples_grid.js";
import { Waiting } from "./waiting.js";

export function open(root, connection, route) {
  return new Samples(root, connection, route);
}

class Samples {
  constructor(root, connection, route) {
    this.connection = connection;
    this.route = route;
    this.words = {};
    this.state = stateOf(place);
    this.seen = [0, 60];
    this.writing = new AtRest(() => this.remember());
    this.waiting = new Waiting();
    this.back = link("", "back to the dashboard");
    this.facts = make("p", { class: "facts" });
    this.about = make("p", { class: "about", role: "status" });
    this.which = choice("list", (which) => this.ask({ which }));
    this.label = choice("class", (value) => this.ask({ label: value === "" ? null : Number(value) }));
    this.split = choice("split", (split) => this.ask({ split }));
    this.output = choice("output", (output) => this.ask({ output, label: null }));
    this.against = choice("against", (run) => this.goTo(run));
    this.unit = make("span", { "aria-hidden": "true" }, "epoch");
    this.epoch = make("input", { type: "number", "aria-label": "epoch", placeholder: "newest", change: () => this.ask({ at: "", epoch: this.epoch.value === "" ? null : Math.round(Math.max(Number(this.epoch.value), 0)) }) });
    this.theme = button("", () => this.set({ theme: document.documentElement.dataset.theme === "dark" ? "light" : "dark" }));
    this.downloads = new Downloads("dashboard", OF_SAMPLES, () => this.query(), () => [1280, 720]);
    this.detail = new Detail((card) => this.look(card));
    this.chosen = make("section", { class: "chosen", "aria-label": "the sample that was clicked", hidden: true });
    this.grid = new SamplesGrid({ look: (first, last) => this.move(first, last), open: (card) => this.detail.open(card, this.words), address: (card) => this.look(card) });
    this.board = make(
      "main", { class: "samples", hidden: true },
      make("header", {}, make("h1", {}, "Samples of ", this.back), this.facts, make("div", { class: "tools" }, this.theme, this.downloads.element)),
      make("section", { class: "bar", "aria-label": "Which samples" }, this.which.element, this.label.element, this.split.element, this.output.element, this.against.element, make("label", { class: "choice" }, this.unit, this.epoch)),
      this.about, this.chosen, this.grid.element, this.detail.element,
    );
    root.append(this.waiting.element, this.board);
    this.grid.top = this.state.row;
    connection.say("open", { view: "samples", runs: route.runs.slice(0, 2) });
    this.say();
  }

  close() {
    this.writing.stop();
    this.shownChosen?.close();
    this.grid.close();
    this.downloads.close();
  }

  /** What a file of it is asked. */
  query() {
    const { split, output, epoch } = this.state, theme = document.documentElement.dataset.theme;
    const query = new URLSearchParams([this.words.run, ...this.route.runs.slice(1, 2)].map((run) => ["run", run]));
    for (const [name, value] of Object.entries({ split, output, epoch, theme })) if (value !== null && value !== "") query.set(name, value);
    return query;
  }

  receive(news) {
    const words = Object.assign(this.words, news);
    document.documentElement.dataset.theme = this.state.theme || words.theme;
    this.waiting.show(words.fault, this.board, words.count === undefined);
    if (words.count === undefined) return;
    this.show();
  }

  show() {
    const { words, state } = this;
    document.documentElement.dataset.theme = state.theme || words.theme;
    put(document, "title", `samples of ${words.title} – epochreel`);
    put(this.back, "textContent", words.title);
    this.back.setAttribute("href", `/run/${address(words.run)}${state.theme && state.theme !== words.theme ? `?theme=${state.theme}` : ""}`);
    put(this.facts, "textContent", factsOf(words));
    const list = words.lists.find(({ name }) => name === words.which);
    const hint = words.shows ? "" : " · to see what they look like: --samples FILE.py";
    put(this.about, "textContent", `${count(words.count)} shown: ${list.words} · ${words.about}${hint}`);
    this.which.set(words.lists.map(({ name, title, count: number }) => [name, `${title} (${count(number)})`]), words.which);
    this.label.set([["", "all"], ...words.classes.map((name, number) => [number, name])], words.label ?? "");
    this.split.set(words.splits.map(({ name, words: said }) => [name, said]), words.split);
    this.output.set(words.outputs, words.output);
    this.against.set([["", "no other run"], ...words.runs.filter((name) => name !== words.run).map((name) => [name, name])], this.route.runs[1] ?? "");
    [this.epoch.min, this.epoch.max] = words.epochs;
    put(this.unit, "textContent", words.unit);
    this.epoch.setAttribute("aria-label", words.unit);
    if (document.activeElement !== this.epoch) put(this.epoch, "value", String(words.epoch ?? ""));
    put(this.theme, "textContent", document.documentElement.dataset.theme === "dark" ? "light" : "dark");
    this.showChosen(words);
    this.grid.show(words);
    this.writing.ask();
  }

  /** The sample that was clicked in a data map stands before all others. */
  showChosen({ chosen, shows }) {
    const made = JSON.stringify([chosen, this.words.generation]);
    if (made === this.madeChosen) return;
    this.madeChosen = made;
    this.shownChosen?.close();
    this.shownChosen = chosen ? new Card(chosen, { shows, address: this.look(chosen), open: () => this.detail.open(chosen, this.words) }) : null;
    this.chosen.replaceChildren(...(chosen ? [this.shownChosen.element, button("✕", () => this.ask({ sample: null }), { "aria-label": "show it no longer" })] : []));
    put(this.chosen, "hidden", !chosen);
  }

  /** Where it is said what a sample looks like. */
  look({ sample }) {
    const { run, split, generation } = this.words;
    return `/look/${address(run)}?${new URLSearchParams({ split, sample, v: generation })}`;
  }

  move(first, last) {
    this.seen = [first, last];
    this.say();
    this.writing.ask();
  }

  set(change) {
    this.state = { ...this.state, ...change };
    this.show();
  }

  /** Sets what the viewer has to know. */
  ask(change) {
    this.state = { ...this.state, ...change };
    this.say();
  }

  say() {
    const { which, split, output, label, epoch, sample } = this.state;
    this.connection.say("look", { which, split, output, label, epoch, at: this.state.at, sample, first: this.seen[0], last: this.seen[1] });
  }

  /** Holds the run against another one, or against none. */
  goTo(other) {
    const query = new URLSearchParams(place.search);
    query.delete("run");
    query.delete("row");
    if (other) query.set("run", other);
    if (other) query.set("list", "only-b");
    else if (["only-a", "only-b"].includes(query.get("list"))) query.delete("list");
    go(`/samples/${address(this.words.run)}?${query}`);
  }

  /** What is set stands in the address. */
  remember() {
    const { which, split, output, label, epoch, sample, theme } = this.state;
    remember(place.pathname, {
      list: which === "hardest" ? null : which, split, output, class: label, epoch, at: this.state.at || null, sample: sample?.join("."),
      theme: theme === this.words.theme ? null : theme, row: this.grid.top || null,
    }, this.route.more);
  }
}

/** What an address sets. */
function stateOf(location) {
  const query = new URLSearchParams(location.search);
  const whole = (name) => (/^\d{1,15}$/.test(query.get(name) ?? "") ? Number(query.get(name)) : null);
  const known = ["hardest", "forgotten", "flipped", "suspects", "only-a", "only-b"];
  const sample = /^(\d{1,15})(?:\.(\d{1,9}))?$/.exec(query.get("sample") ?? "");
  return {
    which: known.includes(query.get("list")) ? query.get("list") : "hardest",
    split: (query.get("split") ?? "").slice(0, 600), output: (query.get("output") ?? "").slice(0, 600),
    label: whole("class"), epoch: whole("epoch"), at: (query.get("at") ?? "").slice(0, 600), row: whole("row") ?? 0, sample: sample ? [Number(sample[1]), Number(sample[2] ?? 0)] : null,
    theme: ["light", "dark"].includes(query.get("theme")) ? query.get("theme") : null,
  };
}

function factsOf({ facts }) {
  if (facts.length === 1) return facts[0].at;
  return facts.map(({ run, at: when }, at) => `${"AB"[at]}: ${run}, ${when}`).join(" · ");
}

function count(number) {
  return number.toLocaleString("en");
}
