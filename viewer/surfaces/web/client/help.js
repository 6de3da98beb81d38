// The help: keys, and what mouse and finger do.

import { make } from "./make.js";

const HANDS = [
  ["drag in a picture", "moves the epoch or step, the threshold or the class where the picture has one; elsewhere it draws a box to zoom into"],
  ["shift and drag, or ⌕ and drag", "draws a box to zoom into, in every picture"],
  ["double click, or ⌕ again", "takes the zoom back"],
  ["⤢", "makes a picture large, and small again"],
  ["formulas", "names or expressions, between commas: precision, f1@0.3, recall@macro, tn / (tn + fn)"],
  ["layout", "panels between spaces, rows between slashes: curves scores / curves:loss pr matrix"],
  ["address", "what is set stands in the address of the page: bookmark it, or send it to somebody who has access"],
];

/** A dialog, which is filled when it is opened. */
export class Help {
  constructor() {
    this.element = make("dialog", { class: "help", "aria-labelledby": "help-title" });
  }

  toggle(keys) {
    if (this.element.open) return this.element.close();
    this.element.replaceChildren(
      make("h2", { id: "help-title" }, "Keys, mouse and finger"),
      table(Object.entries(keys)),
      table(HANDS),
      make("form", { method: "dialog" }, make("button", {}, "close")),
    );
    this.element.showModal();
  }
}

function table(rows) {
  return make("dl", {}, ...rows.flatMap(([name, words]) => [make("dt", {}, name), make("dd", {}, words)]));
}
