// What a page says while it has nothing to show.

import { make, put } from "./make.js";

export class Waiting {
  constructor() {
    this.words = make("p", { role: "status" });
    this.element = make("main", { class: "waiting", hidden: true }, make("h1", {}, "epochreel"), this.words);
  }

  /** Says it, usually in place of the board; "" or undefined for nothing. */
  show(words, board, instead = Boolean(words)) {
    put(this.words, "textContent", words ?? "");
    put(this.element, "hidden", !words);
    put(board, "hidden", instead);
  }
}
