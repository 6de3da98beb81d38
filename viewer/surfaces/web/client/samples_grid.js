// The cards in rows, of which only those on screen and a little around them exist.

import { make, put } from "./make.js";
import { Card } from "./samples_card.js";

const NARROWEST = 150, GAP = 10, MOST = 300; // pixels of a card at least, and between two; cards that are asked for at most
const STEPS = { ArrowRight: () => 1, ArrowLeft: () => -1, ArrowDown: (columns) => columns, ArrowUp: (columns) => -columns, PageDown: (columns, rows) => columns * rows, PageUp: (columns, rows) => -columns * rows, Home: () => -Infinity, End: () => Infinity };

export class SamplesGrid {
  /** hooks: look(first, last) asks for cards, open(card), address(card) of what it looks like. */
  constructor(hooks) {
    this.hooks = hooks;
    this.cards = new Map(); // by number: what is in the document
    this.top = 0; // number of the first card in sight
    this.at = 0; // number of the card that the keyboard is on
    this.block = make("div", { class: "block", role: "list", "aria-label": "samples" });
    this.inner = make("div", { class: "inner" }, this.block);
    this.element = make("div", { class: "samples-scroll", role: "region", "aria-label": "gallery", tabindex: -1, scroll: () => this.scrolled(), keydown: (event) => this.press(event) }, this.inner);
    this.watch = new ResizeObserver(() => this.fit());
    this.watch.observe(this.element);
  }

  close() {
    this.watch.disconnect();
    for (const card of this.cards.values()) card.close();
  }

  show(words) {
    const of = JSON.stringify([words.which, words.split, words.output, words.label, words.run]);
    const other = this.of !== undefined && of !== this.of;
    this.of = of;
    this.words = words;
    this.element.classList.toggle("shows", words.shows);
    if (other) this.at = this.top = 0;
    this.block.setAttribute("aria-label", `${words.count} samples`);
    this.fit(other);
  }

  /** Rows and columns for the room; the first card in sight stays it. */
  fit(moved = false) {
    const wide = this.element.clientWidth;
    if (!this.words || !wide) return;
    const columns = Math.max(Math.floor((wide + GAP) / (NARROWEST + GAP)), 1);
    this.tall = 2 * 9 + (this.words.shows ? 146 : 0) + 24 + 20 * (2 + (this.words.facts.length || 1)) + 50 + GAP;
    moved ||= columns !== this.columns;
    this.columns = columns;
    this.element.style.setProperty("--card", `${this.tall - GAP}px`);
    this.block.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    this.inner.style.height = `${Math.ceil(this.words.count / columns) * this.tall}px`;
    if (moved) this.element.scrollTop = Math.floor(this.top / columns) * this.tall;
    this.draw();
  }

  scrolled() {
    if (!this.words) return;
    this.draw();
  }

  get rows() {
    return Math.max(Math.ceil(this.element.clientHeight / this.tall), 1);
  }

  /** Puts the cards on screen into the document, and asks for those that are not known. */
  draw() {
    const { columns, words } = this;
    const row = Math.floor(this.element.scrollTop / this.tall);
    this.top = Math.min(row * columns, words.count);
    const first = Math.max(row - 1, 0) * columns;
    const last = Math.min((row + this.rows + 2) * columns, words.count, first + MOST);
    const wanted = JSON.stringify([first, last]);
    if (wanted !== this.asked) {
      this.asked = wanted;
      this.hooks.look(first, last);
    }
    for (const [number, card] of this.cards) if (number < first || number >= last) this.drop(number, card);
    this.block.style.top = `${Math.floor(first / columns) * this.tall}px`;
    const items = [];
    for (let number = first; number < last; number += 1) items.push(this.item(number, words.cards[number - words.first]));
    items.forEach((item, at) => {
      if (this.block.children[at] !== item) this.block.insertBefore(item, this.block.children[at] ?? null);
    });
    if (this.going && this.cards.get(this.at)?.button) {
      this.cards.get(this.at).button.focus({ preventScroll: true });
      this.going = false;
    }
  }

  drop(number, card) {
    card.close();
    card.item.remove();
    this.cards.delete(number);
  }

  /** The element of a card, made anew where it is another one; an empty one until it is known. */
  item(number, card) {
    const known = this.cards.get(number);
    const made = card ? JSON.stringify([card, this.hooks.address(card)]) : (known?.made ?? "");
    if (known && known.made === made) return this.turned(known, number);
    const held = known?.item.contains(document.activeElement);
    const shown = card ? new Card(card, { shows: this.words.shows, address: this.hooks.address(card), open: () => this.open(number, card) }) : { made: "", element: make("div", { class: "card", "aria-busy": "true" }, "…"), close() {} };
    const item = known?.item ?? make("div", { role: "listitem" });
    known?.close();
    item.replaceChildren(shown.element);
    shown.item = item;
    this.cards.set(number, shown);
    this.turned(shown, number);
    if (held) shown.button?.focus({ preventScroll: true });
    return item;
  }

  turned(shown, number) {
    shown.item.setAttribute("aria-posinset", number + 1);
    shown.item.setAttribute("aria-setsize", this.words.count);
    if (shown.button) put(shown.button, "tabIndex", number === this.reached ? 0 : -1);
    return shown.item;
  }

  /** The card that the tab key reaches: that of the keyboard where it is in sight, else the first in sight. */
  get reached() {
    const inSight = this.at >= this.top && this.at < this.top + this.rows * this.columns;
    return inSight ? this.at : this.top;
  }

  open(number, card) {
    this.at = number;
    this.hooks.open(card);
  }

  press(event) {
    const step = STEPS[event.key];
    if (!step || event.ctrlKey || event.altKey || event.metaKey || !this.words?.count) return;
    event.preventDefault();
    const from = this.element.contains(document.activeElement) && document.activeElement !== this.element ? this.reached : this.top;
    this.at = Math.min(Math.max(from + step(this.columns, this.rows), 0), this.words.count - 1);
    const low = Math.floor(this.at / this.columns) * this.tall;
    const view = this.element;
    if (low < view.scrollTop) view.scrollTop = low;
    else if (low + this.tall > view.scrollTop + view.clientHeight) view.scrollTop = low + this.tall - view.clientHeight;
    this.going = true;
    this.draw();
  }
}
