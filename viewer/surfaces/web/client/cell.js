// The connection in a cell of a notebook: what the widget around this frame hands on, by the kernel, to the viewer.

import { read } from "./sheet.js";

const PATIENCE = 1500; // milliseconds without an answer after which the kernel is taken to be busy
const ENDED = 0; // in place of a timer
const BUSY = "The kernel is busy: what is new is drawn, and this answers your hand once it is free.";

export class CellConnection {
  /** hooks: opened(), received(words, pictures) which may take its time, said(words). */
  constructor(hooks) {
    this.hooks = hooks;
    this.waiting = null;
    this.turn = Promise.resolve();
  }

  connect() {
    window.addEventListener("message", ({ source, data }) => {
      if (source !== window.parent) return;
      if (data?.heard) this.heard();
      else if (data?.sheet?.byteLength) this.turn = this.turn.then(() => this.take(data)).catch((error) => console.error(error));
      else if (data?.sheet) this.ended();
    });
    this.turn = Promise.resolve(this.hooks.opened());
    window.parent.postMessage("here", "*");
  }

  say(type, words = {}) {
    window.parent.postMessage(JSON.stringify({ type, ...words }), "*");
    if (type !== "ack") this.waiting ??= setTimeout(() => this.hooks.said(BUSY), PATIENCE);
  }

  /** The kernel has handed on what was said. */
  heard() {
    if (this.waiting === ENDED) return;
    clearTimeout(this.waiting);
    this.waiting = null;
    this.hooks.said("");
  }

  ended() {
    clearTimeout(this.waiting);
    this.waiting = ENDED;
    this.hooks.said("The viewer of this cell has ended; run the cell again.");
  }

  async take({ sheet, answered }) {
    const { words, pictures } = await read(sheet);
    try {
      await this.hooks.received(words, pictures);
    } finally {
      if (answered) this.say("ack");
    }
  }
}
