// The web socket: sheets come in, words go out, and it comes back by itself.

import { read } from "./sheet.js";

const ENDED = 1001, FAILED = 1011, LATER = 1013; // why the viewer closes
const SHORTEST = 250, LONGEST = 8000; // milliseconds between two tries

export class Connection {
  /** hooks: opened(), received(words, pictures) which may take its time, said(words). */
  constructor(hooks) {
    this.hooks = hooks;
    this.pause = SHORTEST;
    this.turn = Promise.resolve();
  }

  connect() {
    const address = new URL("/socket", window.location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.addEventListener("open", () => {
      this.hooks.said("");
      this.turn = Promise.resolve(this.hooks.opened());
    });
    socket.addEventListener("message", (event) => {
      this.turn = this.turn.then(() => this.take(socket, event.data)).catch((error) => console.error(error));
    });
    socket.addEventListener("close", (event) => this.lost(event));
  }

  /** Says something, unless nobody listens. */
  say(type, words = {}) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type, ...words }));
  }

  /** One sheet, acknowledged once it is shown. */
  async take(socket, data) {
    if (socket !== this.socket) return;
    const { words, pictures } = await read(data);
    this.pause = SHORTEST;
    try {
      await this.hooks.received(words, pictures);
    } finally {
      if (socket === this.socket) this.say("ack");
    }
  }

  async lost({ code, reason }) {
    if (code === ENDED) return this.hooks.said("The viewer has ended; this is the last it showed.");
    if (await this.refused()) {
      return this.hooks.said("The viewer of this page has ended, or no longer knows this browser: open the address that it printed.");
    }
    const what =
      code === FAILED ? "The viewer could not show this (its terminal says why)"
      : code === LATER && reason ? `The viewer has closed this page (${reason})`
      : "No connection to the viewer";
    this.hooks.said(`${what}; trying again in ${Math.max(1, Math.round(this.pause / 1000))} s.`);
    const again = new AbortController();
    const connect = () => {
      again.abort();
      clearTimeout(timer);
      this.connect();
    };
    const timer = setTimeout(connect, this.pause);
    window.addEventListener("online", connect, { signal: again.signal });
    this.pause = Math.min(2 * this.pause, LONGEST);
  }

  /** Whether somebody answers who does not know this page: another viewer has the address. */
  async refused() {
    try {
      const answer = await fetch("/client/icon.svg", { cache: "no-store" });
      return answer.status === 404 || answer.status === 403;
    } catch {
      return false;
    }
  }
}
