// The view `compare`: the picture, the runs with an epoch each, the sentences and the tables.

import { Around } from "./around.js";
import { Downloads, OF_COMPARISON } from "./downloads.js";
import { choice, line } from "./fields.js";
import { go } from "./main.js";
import { make, mark, put } from "./make.js";
import { place } from "./place.js";
import { address } from "./runs_row.js";

const ALIGNS = [["", "what they count in"], ["epoch", "epochs"], ["step", "steps"], ["time", "time"]];
const SPLITS = [["", "validation"], ["train", "training"]];

export function open(root, connection, route) {
  return new Compare(root, connection, route);
}

class Compare {
  constructor(root, connection, route) {
    this.connection = connection;
    this.words = {};
    this.runs = route.runs;
    this.state = stateOf(place);
    this.around = new Around();
    this.title = make("h1", {}, "Compare");
    this.facts = make("p", { class: "facts" });
    this.busy = make("p", { class: "facts", role: "status" });
    this.fault = make("p", { class: "trouble", role: "alert", hidden: true });
    this.metrics = line("formulas", (metrics) => this.ask({ metrics }), { placeholder: "the usual ones", maxlength: 2000 });
    this.threshold = line("threshold", (words) => this.ask({ threshold: words.trim() === "" ? null : Number(words) }), { placeholder: "each run's own", inputmode: "decimal" });
    this.baseline = choice("baseline", (baseline) => this.ask({ baseline }));
    this.align = choice("along", (align) => this.ask({ align }));
    this.split = choice("samples", (split) => this.ask({ split }));
    this.theme = choice("theme", (theme) => this.ask({ theme }));
    this.downloads = new Downloads("compare", OF_COMPARISON, () => this.query(), () => this.room());
    this.canvas = make("canvas", { role: "img" });
    this.picture = make("figure", { class: "comparison" }, this.canvas);
    this.epochs = make("section", { class: "epochs", "aria-label": "Runs, and where each is taken" });
    this.sentences = make("ul", { class: "sentences" });
    this.tables = make("div");
    root.append(
      make(
        "main", { class: "compare" },
        make("header", {}, this.around.element, this.title, this.facts, this.busy),
        make("section", { class: "bar", "aria-label": "Controls" }, this.metrics.element, this.threshold.element, this.baseline.element, this.align.element, this.split.element, this.theme.element, this.downloads.element),
        this.fault, this.picture, this.epochs, this.sentences, this.tables,
      ),
    );
    document.title = "compare – epochreel";
    this.watch = new ResizeObserver(() => this.fit());
    this.watch.observe(this.picture);
    connection.say("open", { view: "compare", runs: this.runs });
    this.fit();
    this.say();
  }

  close() {
    this.watch.disconnect();
    this.downloads.close();
  }

  receive(news, pictures) {
    const words = Object.assign(this.words, news);
    if (words.theme) document.documentElement.dataset.theme = words.theme;
    this.around.show({ around: { table: true, older: "", newer: "" } });
    put(this.busy, "textContent", words.busy ? "comparing …" : "");
    put(this.fault, "textContent", words.fault ?? "");
    put(this.fault, "hidden", !words.fault);
    put(this.facts, "textContent", words.facts ?? "");
    for (const { image, size: [wide, tall] } of pictures) {
      this.canvas.width = wide;
      this.canvas.height = tall;
      this.canvas.getContext("2d").drawImage(image, 0, 0);
      image.close();
    }
    this.showControls(words);
    if ("start" in news) this.remember();
    if ("runs" in news || "keys" in news) this.showRuns(words);
    if ("sentences" in news) {
      this.sentences.replaceChildren(...words.sentences.map((one) => make("li", {}, one)));
      mark(this.canvas, "aria-label", `${words.title}. ${words.sentences.slice(0, 3).join(" ")}`);
    }
    if ("sections" in news) this.tables.replaceChildren(...words.sections.map(tableOf));
  }

  showControls(words) {
    const { metrics, threshold, baseline, align, split } = this.state;
    this.metrics.set(metrics || (words.formulas ?? ""));
    this.threshold.set(threshold ?? "");
    const names = (words.runs ?? []).map((run, at) => [words.keys?.[at] ?? "", run.name]);
    this.baseline.set([["", "none"], ...names], baseline);
    this.align.set(ALIGNS, align);
    this.split.set(SPLITS, split);
    this.theme.set([["light", "light"], ["dark", "dark"]], words.theme ?? "light");
  }

  showRuns({ runs = [], keys = [] }) {
    const names = make("datalist", { id: "epochs-of" }, ...["last", "best", "best:mcc", "best:val_loss", "max:recall"].map((value) => make("option", { value })));
    const held = document.activeElement?.dataset?.at;
    this.epochs.replaceChildren(
      names,
      ...runs.map((run, at) => {
        const id = `at-${at}`;
        const input = make("input", { id, "data-at": at, list: "epochs-of", value: this.state.at[at] ?? "", placeholder: "last", autocomplete: "off", spellcheck: "false", maxlength: 200, change: () => this.at(at, input.value) });
        const key = keys[at] ?? "";
        const link = make("a", { href: `/run/${address(key)}`, click: (event) => follow(event) }, run.name);
        const away = make("button", { type: "button", "aria-label": `take ${run.name} away`, disabled: runs.length < 3, click: () => this.without(at) }, "×");
        const chosen = run.epoch === null ? `no ${run.unit}` : `${run.unit} ${run.epoch.toLocaleString("en")} of ${run.first.toLocaleString("en")} to ${run.last.toLocaleString("en")}`;
        return make("div", { class: "one" }, link, make("label", { for: id }, "at"), input, make("span", { class: "quiet" }, chosen), this.samplesOf(at), away);
      }),
    );
    if (held !== undefined) this.epochs.querySelector(`[data-at="${held}"]`)?.focus();
  }

  /** To the samples that one of two runs gets right and the other wrong: of a run and the baseline, or the first one. */
  samplesOf(at) {
    const { runs, keys } = this.words;
    const first = Math.max(keys.indexOf(this.state.baseline), 0);
    if (at === first || !runs[at].counted || !runs[first].counted) return null;
    const query = new URLSearchParams({ list: "only-b", run: keys[at] });
    for (const name of ["split", "output", "theme"]) if (this.query().has(name)) query.set(name, this.state[name]);
    const words = `samples that this run or ${runs[first].name} gets wrong`;
    return make("a", { href: `/samples/${address(keys[first])}?${query}`, title: words, "aria-label": words, click: (event) => follow(event) }, "samples");
  }

  at(place, value) {
    const at = this.runs.map((_, number) => this.state.at[number] ?? "");
    at[place] = value.trim();
    this.ask({ at });
  }

  without(place) {
    const query = new URLSearchParams(this.query());
    const keep = this.runs.filter((_, at) => at !== place), at = this.runs.map((_, number) => this.state.at[number] ?? "").filter((_, number) => number !== place);
    query.delete("run");
    query.delete("at");
    for (const run of keep) query.append("run", run);
    if (at.some(Boolean)) for (const one of at) query.append("at", one || "last");
    go(`/compare?${query}`);
  }

  ask(change) {
    if (Number.isNaN(change.threshold)) return;
    this.state = { ...this.state, ...change };
    this.say();
    this.remember();
  }

  /** What is set stands in the address. */
  remember() {
    const address = `/compare?${this.query()}`;
    if (address !== place.pathname + place.search) place.replace(address);
  }

  say() {
    const { at, ...rest } = this.state;
    const asked = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== "" && value !== null));
    this.connection.say("compare", { ...asked, at: at.map((one) => one || "last") });
  }

  /** What is not as it is at the start. */
  query() {
    const query = new URLSearchParams();
    for (const run of this.runs) query.append("run", run);
    if (this.state.at.some(Boolean)) for (const one of this.state.at) query.append("at", one || "last");
    for (const [name, value] of Object.entries(this.state)) {
      if (name !== "at" && value !== "" && value !== null && !(name === "theme" && value === this.words.start)) query.set(name, value);
    }
    return query;
  }

  room() {
    const { width, height } = this.picture.getBoundingClientRect();
    return [width, height];
  }

  fit() {
    const [width, height] = this.room();
    if (width >= 1 && height >= 1) this.connection.say("sizes", { ratio: window.devicePixelRatio, panels: [[width, height]] });
  }
}

function tableOf({ title, columns, rows }) {
  const table = make(
    "table", {},
    make("thead", {}, make("tr", {}, ...columns.map((name) => make("th", { scope: "col" }, name)))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((cell, at) => (at ? make("td", {}, cell) : make("th", { scope: "row" }, cell)))))),
  );
  return make("div", {}, make("h2", {}, title), make("div", { class: "wide", tabindex: 0, role: "region", "aria-label": title }, table));
}

function follow(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go(event.currentTarget.getAttribute("href"));
}

function stateOf(location) {
  const query = new URLSearchParams(location.search);
  const threshold = Number.parseFloat(query.get("threshold") ?? "");
  const align = query.get("align"), theme = query.get("theme");
  return {
    at: query.getAll("at").slice(0, 64),
    metrics: query.get("metrics") ?? "",
    baseline: query.get("baseline") ?? "",
    align: ["epoch", "step", "time"].includes(align) ? align : "",
    split: query.get("split") ?? "",
    output: query.get("output") ?? "",
    threshold: Number.isFinite(threshold) ? threshold : null,
    theme: ["light", "dark"].includes(theme) ? theme : null,
  };
}
