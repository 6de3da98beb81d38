// The connection in a cell of a notebook: what the widget around this frame hands on, by the kernel, to the viewer.

import { read } from "./sheet.js";

const BUSY = 1500; // milliseconds without an answer after which the kernel is taken to be busy

export class CellConnection {
  /** hooks: opened(), received(words, pictures) which may take its time, said(words). */
  constructor(hooks) {
    this.hooks = hooks;
    this.turn = Promise.resolve();
  }

  connect() {
    window.addEventListener("message", (event) => {
      if (event.source !== window.parent || !(event.data instanceof ArrayBuffer)) return;
      clearTimeout(this.waiting);
      this.hooks.said(event.data.byteLength ? "" : "The viewer of this cell has ended; run the cell again.");
      if (event.data.byteLength) this.turn = this.turn.then(() => this.take(event.data)).catch((error) => console.error(error));
    });
    this.waiting = setTimeout(() => this.hooks.said("The kernel is busy; this is drawn once it is free."), BUSY);
    this.turn = Promise.resolve(this.hooks.opened());
  }

  say(type, words = {}) {
    window.parent.postMessage(JSON.stringify({ type, ...words }), "*");
  }

  async take(data) {
    const { words, pictures } = await read(data);
    try {
      await this.hooks.received(words, pictures);
    } finally {
      this.say("ack");
    }
  }
}
