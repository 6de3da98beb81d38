// Files of what is on screen, made by the viewer in a process of its own, one at a time.

import { make, put } from "./make.js";
import { inCell } from "./place.js";

const TAB = Math.random().toString(36).slice(2);
export const OF_DASHBOARD = { png: "picture (png)", svg: "picture (svg)", csv: "numbers (csv)", film: "film (mp4)", gif: "film (gif)", report: "report (html)", samples: "samples (html)" };
export const OF_SAMPLES = { samples: "gallery (html)" };
export const OF_COMPARISON = { png: "picture (png)", svg: "picture (svg)", tables: "tables (csv, zipped)", json: "all numbers (json)", report: "report (html)" };

export class Downloads {
  /** what: "dashboard" or "compare"; state() gives a URLSearchParams of what is on screen, room() its width and height. */
  constructor(what, kinds, state, room) {
    Object.assign(this, { what, state, room });
    this.said = make("p", { role: "status", class: "said-of", hidden: true });
    this.stop = make("button", { type: "button", hidden: true, click: () => this.making?.abort() }, "stop");
    this.buttons = Object.entries(kinds).map(([kind, words]) => make("button", { type: "button", click: () => this.make(kind, words) }, words));
    this.element = make("details", { class: "downloads", hidden: inCell }, make("summary", {}, "download"), make("div", { class: "menu" }, ...this.buttons, this.said, this.stop));
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.element.open) return;
      this.element.open = false;
      this.element.firstChild.focus();
    });
  }

  close() {
    this.making?.abort();
  }

  async make(kind, words) {
    const query = this.state(), [width, height] = this.room();
    for (const [name, value] of Object.entries({ kind, width: Math.round(width), height: Math.round(height), ratio: window.devicePixelRatio, tab: TAB })) query.set(name, value);
    this.making = new AbortController();
    this.say(`making the ${words} …`, true);
    try {
      const answer = await fetch(`/download/${this.what}?${query}`, { signal: this.making.signal });
      if (!answer.ok) return this.say((await answer.text()) || "this could not be made", false);
      const name = /filename="([^"]*)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? `file.${kind}`;
      save(await answer.blob(), name);
      this.say(`saved ${name}`, false);
    } catch (error) {
      this.say(error.name === "AbortError" ? "stopped" : "no connection to the viewer", false);
    }
  }

  say(words, busy) {
    put(this.said, "textContent", words);
    put(this.said, "hidden", !words);
    put(this.stop, "hidden", !busy);
    for (const button of this.buttons) put(button, "disabled", busy);
  }
}

function save(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
