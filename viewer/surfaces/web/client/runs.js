// The view `runs`: all runs as a table that keeps up with the disk, filtered, sorted and grouped by the viewer.

import { leaveTable } from "./around.js";
import { go, replace } from "./main.js";
import { make, put } from "./make.js";
import { place } from "./place.js";
import { AtRest, remember } from "./router.js";
import { RunsBar } from "./runs_bar.js";
import { address, age, setClock } from "./runs_row.js";
import { RunsTable } from "./runs_table.js";
import { Waiting } from "./waiting.js";

const START = { sort: "run", reverse: true }; // the newest first

export function open(root, connection, route) {
  return new Runs(root, connection, route);
}

class Runs {
  constructor(root, connection, route) {
    this.connection = connection;
    this.words = {};
    this.state = stateOf(place, route.runs);
    this.seen = [0, 0];
    this.writing = new AtRest(() => this.remember());
    this.waiting = new Waiting();
    this.facts = make("p", { class: "facts", role: "status" });
    this.bar = new RunsBar({
      ask: (change) => this.ask(change),
      live: () => this.follow(),
      overlay: () => this.goTo(this.state.ticked),
      compare: () => this.goTo(this.state.ticked, "/compare"),
      newest: () => this.goTo(["latest"]),
      untick: () => this.set({ ticked: [] }),
      theme: (theme) => this.set({ theme }),
    });
    this.table = new RunsTable({
      look: (first, last) => this.look(first, last),
      sort: (column) => this.sort(column),
      open: (key) => this.goTo([key]),
      tick: (key) => this.set({ ticked: this.state.ticked.includes(key) ? this.state.ticked.filter((one) => one !== key) : [...this.state.ticked, key] }),
      fold: (group) => this.ask({ folded: this.state.folded.includes(group) ? this.state.folded.filter((one) => one !== group) : [...this.state.folded, group] }),
      moved: (top) => this.set(top > 0 ? { live: false } : {}),
    });
    this.board = make("main", { class: "runs", hidden: true }, make("header", {}, make("h1", {}, "Runs"), this.facts, this.bar.theme), this.bar.element, this.table.element);
    root.append(this.waiting.element, this.board);
    document.title = "runs – epochreel";
    if (this.state.row > 0) this.table.goTo(this.state.row);
    this.ticking = setInterval(() => this.tick(), 1000);
    connection.say("open", { view: "runs" });
    this.look(0, 60);
  }

  close() {
    clearInterval(this.ticking);
    this.writing.stop();
    this.table.close();
  }

  receive(news) {
    if (news.go) return replace(news.go);
    setClock(news.now);
    const before = this.words.newest;
    Object.assign(this.words, news);
    const words = this.words;
    this.waiting.show(words.waiting, this.board);
    if (words.waiting) return;
    document.documentElement.dataset.theme = this.state.theme || words.theme;
    put(this.facts, "textContent", factsOf(words));
    if (this.state.live && before !== words.newest) this.table.goTo(0);
    this.show();
  }

  show() {
    if (this.words.entries === undefined) return;
    this.bar.show(this.words, this.state);
    this.table.show(this.words, this.state);
    this.writing.ask();
  }

  look(first, last) {
    this.seen = [first, last];
    this.say();
  }

  /** Sets what only the page knows. */
  set(change) {
    this.state = { ...this.state, ...change };
    this.show();
  }

  /** Sets what the viewer has to know. */
  ask(change) {
    this.set(change);
    this.say();
  }

  say() {
    const { columns, where, sort, reverse, group, folded } = this.state;
    this.connection.say("ask", { columns, where, sort, reverse, group, folded, first: this.seen[0], last: this.seen[1] });
  }

  /** A column once more is the other way round; runs and times begin with the newest. */
  sort(column) {
    const again = column === this.state.sort;
    this.ask({ sort: column, reverse: again ? !this.state.reverse : ["run", "created"].includes(column), live: false });
  }

  /** Stays with the newest run, at the top; sorting otherwise and scrolling away release it. */
  follow() {
    this.table.goTo(0);
    this.ask({ ...START, live: true });
  }

  goTo(keys, path = `/run/${address(keys[0])}`) {
    const query = new URLSearchParams();
    for (const key of path === "/compare" ? keys : keys.slice(1)) query.append("run", key);
    if (this.state.theme && this.state.theme !== this.words.theme) query.set("theme", this.state.theme);
    this.remember();
    leaveTable();
    go(query.size ? `${path}?${query}` : path);
  }

  /** What is set stands in the address. */
  remember() {
    const { columns, where, sort, reverse, group, theme, live, ticked } = this.state;
    const set = {
      columns: columns === null ? null : columns.join(",") || "none", where, group, theme: theme === this.words.theme ? null : theme,
      sort: sort === START.sort && reverse === START.reverse ? null : sort,
      reverse: (sort !== START.sort && reverse) || null, oldest: (sort === START.sort && !reverse) || null,
      row: live ? null : this.table.top || null, still: (!live && !this.table.top) || null,
    };
    remember("/", set, ticked);
  }

  tick() {
    for (const cell of this.table.body.querySelectorAll("[data-created]")) put(cell, "textContent", age(cell.dataset.created));
  }
}

/** What an address sets. */
function stateOf(location, runs) {
  const query = new URLSearchParams(location.search);
  const columns = query.get("columns");
  const sort = query.get("sort") ?? START.sort;
  const row = Number.parseInt(query.get("row") ?? "0", 10) || 0;
  return {
    columns: columns === null ? null : columns === "none" ? [] : split(columns).slice(0, 24),
    where: query.get("where") ?? "",
    sort,
    reverse: query.has("sort") ? query.get("reverse") === "1" : query.get("oldest") !== "1",
    group: query.get("group") ?? "",
    folded: [],
    theme: query.get("theme"),
    live: !query.has("sort") && !query.has("oldest") && !query.has("still") && row === 0,
    ticked: runs.slice(0, 64),
    row,
  };
}

/** The parts of a list between commas, but for those in brackets and quotes. */
export function split(text) {
  const parts = text.match(/(?:[^,()`'"]|\([^()]*(?:\([^()]*\)[^()]*)*\)|`[^`]*`|'[^']*'|"[^"]*"|[()`'"])+/g) ?? [];
  return parts.map((part) => part.trim()).filter(Boolean);
}

function factsOf({ folder, total, runs, left_out: out, unread }) {
  const count = (number) => number.toLocaleString("en");
  const some = out || runs !== total ? `${count(runs)} of ${count(total)} runs` : `${count(total)} run${total === 1 ? "" : "s"}`;
  return `${some} · ${folder}${unread ? ` · reading, ${count(unread)} to go` : ""}`;
}
