// What a page says while it has nothing to show.

import { link } from "./around.js";
import { make, put } from "./make.js";
import { inCell, place } from "./place.js";

export class Waiting {
  constructor() {
    this.words = make("p", { role: "status" });
    this.back = link("all runs", "to the table of all runs");
    this.element = make("main", { class: "waiting", hidden: true }, make("h1", {}, "epochreel"), this.words, make("p", {}, this.back));
  }

  /** Says it, usually in place of the board; "" or undefined for nothing. */
  show(words, board, instead = Boolean(words)) {
    put(this.words, "textContent", words ?? "");
    put(this.element, "hidden", !words);
    put(this.back, "hidden", place.pathname === "/" || inCell || !words);
    put(board, "hidden", instead);
  }
}
