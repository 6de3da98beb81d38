// The controls of a dashboard, which are those of HTML: the keyboard reaches them and a screen reader names them.

import { make, put } from "./make.js";

export class Controls {
  /** turn(settings) tells the viewer. */
  constructor(turn) {
    this.turn = turn;
    this.play = make("button", { type: "button", click: () => turn({ playing: !this.words.player.playing }) });
    this.live = make("button", { type: "button", click: () => turn({ live: true }) }, "live");
    this.epoch = this.slider("epoch", (value) => ({ position: Math.round(value) }), (value) => ({ epoch: value }));
    this.threshold = this.slider("threshold", (value) => ({ threshold: value }), (value) => ({ threshold: value }));
    this.threshold.range.max = 1;
    this.threshold.range.step = 0.001;
    this.threshold.number.step = "any";
    this.help = make("dialog", { class: "help", "aria-label": "Help" });
    const asked = make("button", { type: "button", "aria-label": "help", click: () => this.toggleHelp() }, "?");
    this.element = make(
      "section",
      { class: "controls", "aria-label": "Controls" },
      this.play, this.live, this.epoch.element, this.threshold.element, asked, this.help,
    );
  }

  show(words) {
    this.words = words;
    const { player, epochs, threshold } = words;
    put(this.play, "textContent", player.playing ? "pause" : "play");
    this.live.setAttribute("aria-pressed", player.live);
    put(this.epoch.range, "max", String(Math.max(epochs.count - 1, 0)));
    this.epoch.set(epochs.position, epochs.epoch);
    this.threshold.element.hidden = !threshold.can;
    this.threshold.set(threshold.value ?? 0.5, threshold.value === null ? "" : Number(threshold.value.toPrecision(6)));
  }

  toggleHelp() {
    if (this.help.open) return this.help.close();
    this.help.replaceChildren(
      make("dl", {}, ...Object.entries(this.words.keys).flatMap(([key, what]) => [make("dt", {}, key), make("dd", {}, what)])),
      make("form", { method: "dialog" }, make("button", {}, "close")),
    );
    this.help.showModal();
  }

  /** A range and a number field for the same; what a hand is on is not moved by what comes late. */
  slider(name, ofRange, ofNumber) {
    const range = make("input", { type: "range", min: 0, max: 1, step: 1, "aria-label": name });
    const number = make("input", { type: "number", min: 0, step: 1, "aria-label": `${name}, as a number` });
    let touched = -1e9;
    range.addEventListener("input", () => {
      touched = performance.now();
      this.turn(ofRange(Number(range.value)));
    });
    number.addEventListener("change", () => {
      if (number.value !== "") this.turn(ofNumber(Number(number.value)));
    });
    const set = (position, value) => {
      if (performance.now() - touched > 400) put(range, "value", String(position));
      if (document.activeElement !== number) put(number, "value", String(value ?? ""));
    };
    return { range, number, set, element: make("div", { class: "slider", role: "group", "aria-label": name }, make("span", { "aria-hidden": "true" }, name), range, number) };
  }
}
