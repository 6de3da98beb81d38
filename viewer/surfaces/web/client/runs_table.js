// The table of runs: only the rows in sight, and a few more, are in the document.

import { make, put } from "./make.js";
import { rowOf } from "./runs_row.js";

const SPARE = 6; // rows above and below those in sight
const MOST = 200;

export class RunsTable {
  /** hooks: look(first, last), sort(column), open(key), tick(key), fold(group), moved(top) by a hand. */
  constructor(hooks) {
    this.hooks = hooks;
    this.rows = new Map(); // elements by number of the entry
    this.current = 0; // the entry that the keyboard is at
    this.asked = "";
    this.head = make("tr", { role: "row" });
    this.above = spacer();
    this.below = spacer();
    this.body = make("tbody", { role: "rowgroup" });
    this.table = make("table", { role: "grid", "aria-label": "Runs", "aria-multiselectable": "true" }, make("thead", { role: "rowgroup" }, this.head), this.body);
    this.element = make("div", { class: "runs-scroll", tabindex: -1, scroll: () => this.scrolled() }, this.table);
    this.table.addEventListener("keydown", (event) => this.press(event));
    this.watch = new ResizeObserver(() => this.lay());
    this.watch.observe(this.element);
  }

  close() {
    this.watch.disconnect();
  }

  /** words: what the viewer says; state: what is asked for. */
  show(words, state) {
    this.words = words;
    this.state = state;
    this.showHead();
    put(this.table, "ariaRowCount", String(words.count + 1));
    this.lay();
  }

  /** Puts an entry at the top. */
  goTo(entry) {
    this.placed = entry;
    this.lay();
  }

  /** The first entry in sight. */
  get top() {
    return Math.floor(this.element.scrollTop / this.height);
  }

  showHead() {
    const { columns, faults, down, units } = this.words, { sort } = this.state;
    const made = JSON.stringify([columns, faults, sort, down, units]);
    if (made === this.headed) return;
    this.headed = made;
    const fixed = [["run", "run"], ["status", "state"], ["epochs", units[0] === "step" ? "steps" : "epochs"], ["age", "age"], ["seconds", units.length > 1 ? "each" : `${units[0] === "step" ? "a" : "an"} ${units[0] ?? "epoch"}`]];
    const heads = [...fixed, ...columns.map((name) => [name, name.replace(/^config\./, "")])].map(([name, words]) => {
      const here = name === sort;
      const fault = faults[name];
      const button = make("button", { type: "button", class: "sort", title: fault || (name === words ? "" : name), click: () => this.hooks.sort(name) }, words);
      return make(
        "th",
        {
          role: "columnheader", scope: "col", class: fault ? "wrong" : columns.includes(name) ? "" : `of-${name}`,
          "aria-sort": here ? (down ? "descending" : "ascending") : "none",
        },
        button,
      );
    });
    const focused = this.head.contains(document.activeElement) ? [...this.head.children].indexOf(document.activeElement.closest("th")) : -1;
    this.head.replaceChildren(make("th", { role: "columnheader", class: "tick" }, make("span", { class: "unseen" }, "chosen")), ...heads);
    if (focused > 0) this.head.children[focused]?.querySelector("button")?.focus();
    for (const row of this.rows.values()) row.element.dataset.made = "";
  }

  /** Cards where it is narrow: their height follows from how many values they hold. */
  measure() {
    const narrow = this.element.clientWidth < 700;
    this.element.classList.toggle("cards", narrow);
    const coarse = window.matchMedia("(pointer: coarse)").matches;
    this.height = narrow ? 84 + 26 * Math.ceil((this.words?.columns.length ?? 0) / 2) : coarse ? 48 : 38;
    this.element.style.setProperty("--row", `${this.height}px`);
  }

  /** Puts the rows in sight into the document, and asks for those that are not known. */
  lay() {
    if (!this.words || !this.element.clientHeight) return;
    this.measure();
    const { count } = this.words;
    if (this.placed !== undefined && (this.placed === 0 || count > this.placed)) {
      this.spread(0, 0, count);
      const before = this.element.scrollTop;
      this.element.scrollTop = this.placed * this.height;
      this.moving = this.element.scrollTop !== before; // by us, and not by a hand
      this.placed = undefined;
    }
    const shown = Math.ceil(this.element.clientHeight / this.height) + 1;
    const first = Math.max(Math.min(this.top, count - 1) - SPARE, 0);
    const last = Math.min(first + Math.min(shown + 2 * SPARE, MOST), Math.max(count, shown));
    this.spread(first, Math.min(last, count), count);
    const asked = `${first} ${last}`;
    if (asked !== this.asked) {
      this.asked = asked;
      this.hooks.look(first, last);
    }
  }

  spread(first, last, count) {
    const known = this.words.entries, from = this.words.first;
    const held = this.body.contains(document.activeElement) ? document.activeElement : null;
    for (const [at, row] of this.rows) {
      if (at < first || at >= last) {
        row.element.remove();
        this.rows.delete(at);
      }
    }
    for (let at = first; at < last; at += 1) {
      if (!this.rows.has(at)) this.rows.set(at, rowOf(this.hooks));
      this.rows.get(at).show(known[at - from], { at, columns: this.words.columns, ticked: this.state.ticked, newest: this.words.newest, current: at === this.current });
    }
    const wanted = [this.above, ...[...this.rows].sort(([one], [other]) => one - other).map(([, row]) => row.element), this.below];
    if (wanted.some((element, at) => this.body.children[at] !== element) || this.body.children.length !== wanted.length) {
      this.body.replaceChildren(...wanted);
      if (held?.isConnected) held.focus({ preventScroll: true });
    }
    this.above.firstChild.style.height = `${first * this.height}px`;
    this.below.firstChild.style.height = `${Math.max(count - last, 0) * this.height}px`;
    put(this.above, "hidden", first === 0);
    put(this.below, "hidden", count <= last);
    if (this.focusing !== undefined && this.rows.has(this.focusing)) {
      this.rows.get(this.focusing).element.focus({ preventScroll: true });
      this.focusing = undefined;
    }
  }

  scrolled() {
    if (this.moving) this.moving = false;
    else this.hooks.moved(this.top);
    this.lay();
  }

  /** Arrows move from row to row, Enter opens, Space ticks; inside a row the keys are those of its elements. */
  press(event) {
    const row = event.target.closest?.("tbody tr");
    if (!row || event.ctrlKey || event.altKey || event.metaKey) return;
    const page = Math.max(Math.floor(this.element.clientHeight / this.height) - 2, 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -1e9, End: 1e9 };
    if (event.key in steps) this.focus(this.current + steps[event.key]);
    else if (event.target !== row) return;
    else if (event.key === "Enter") row.dispatchEvent(new CustomEvent("chosen"));
    else if (event.key === " ") row.dispatchEvent(new CustomEvent("ticked"));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  focus(entry) {
    this.current = Math.max(Math.min(entry, this.words.count - 1), 0);
    this.focusing = this.current;
    const top = this.current * this.height, room = this.element.clientHeight - this.head.offsetHeight - this.height;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    else if (top > this.element.scrollTop + room) this.element.scrollTop = top - room;
    this.lay();
  }
}

function spacer() {
  return make("tr", { "aria-hidden": "true", class: "spacer", hidden: true }, make("td"));
}
