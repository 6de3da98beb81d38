// The controls of a dashboard, which are those of HTML: the keyboard reaches them and a screen reader names them.

import { complete } from "./complete.js";
import { button, choice, line, slider } from "./fields.js";
import { Help } from "./help.js";
import { make, mark, put } from "./make.js";

const BANDS = [0, 0.5, 0.8, 0.9, 0.95, 0.99];
const SPEEDS = [1, 2, 5, 10, 20, 50, 100];
const WIDE = "(min-width: 900px) and (min-height: 500px)";

export class Controls {
  /** turn(settings) tells the viewer. */
  constructor(turn) {
    this.play = button("play", () => turn({ playing: !this.words.player.playing }));
    this.live = button("live", () => turn({ live: true }));
    this.epoch = slider("epoch", {
      ofRange: (value) => ({ position: value }), ofNumber: (value) => ({ epoch: value }), turn, step: 1,
    });
    this.threshold = slider("threshold", {
      ofRange: (value) => ({ threshold: value }), ofNumber: (value) => ({ threshold: value }), turn, step: 0.001, max: 1,
    });
    this.speed = choice("speed", (value) => turn({ speed: Number(value) }));
    this.split = choice("split", (value) => turn({ split: value }));
    this.output = choice("output", (value) => turn({ output: value }));
    this.label = choice("class", (value) => turn({ label: value === "" ? null : Number(value) }));
    this.band = choice("band", (value) => turn({ band: Number(value) }));
    this.theme = choice("theme", (value) => turn({ theme: value }));
    this.log = button("log scale", () => turn({ log: !this.words.log }), { title: "the other scale: linear for logarithmic, and back" });
    this.metrics = line("formulas", (value) => turn({ metrics: value }));
    this.layout = line("layout", (value) => turn({ layout: value }));
    this.best = line("best by", (value) => turn({ best: value }), { placeholder: "validation loss, else MCC" });
    complete(this.metrics, () => this.words.names);
    complete(this.best, () => this.words.names);
    this.help = new Help();
    const asked = button("?", () => this.toggleHelp(), { "aria-label": "help" });
    this.settings = make(
      "div", { class: "settings", id: "settings" },
      ...[this.metrics, this.layout, this.best, this.split, this.output, this.label, this.band, this.speed, this.theme].map((each) => each.element),
      this.log,
    );
    this.more = button("settings", () => this.unfold(this.settings.hidden), { "aria-controls": "settings" });
    this.element = make(
      "section", { class: "controls", "aria-label": "Controls" },
      make("div", { class: "first" }, this.play, this.live, this.more, asked, this.epoch.element, this.threshold.element),
      this.settings, this.help.element,
    );
    this.unfold(window.matchMedia(WIDE).matches);
  }

  show(words) {
    this.words = words;
    const { player, epochs, threshold, unit, wrong } = words;
    put(this.play, "textContent", player.playing ? "pause" : "play");
    mark(this.live, "aria-pressed", player.live);
    put(this.epoch.range, "max", String(Math.max(epochs.count - 1, 0)));
    put(this.epoch.number, "min", String(epochs.first ?? 0));
    put(this.epoch.number, "max", String(epochs.last ?? 0));
    this.epoch.call(unit);
    this.epoch.set(epochs.position, epochs.epoch, `${unit} ${epochs.epoch?.toLocaleString("en") ?? "none"}`);
    put(this.threshold.element, "hidden", !threshold.can);
    this.threshold.set(threshold.value ?? 0.5, threshold.value === null ? "" : Number(threshold.value.toPrecision(6)));
    this.threshold.number.placeholder = "argmax";
    this.speed.set(withOwn(SPEEDS, player.speed).map((value) => [value, `${Number(value.toPrecision(3))} / s`]), player.speed);
    this.split.set(words.splits, words.split);
    this.output.set(words.outputs, words.output);
    this.label.set([["", "all"], ...words.classes.map((name, number) => [number, name])], words.label ?? "");
    this.band.set(withOwn(BANDS, words.band).map((level) => [level, level ? `${Number((100 * level).toPrecision(4))} %` : "off"]), words.band);
    this.theme.set([["light", "light"], ["dark", "dark"]], words.theme);
    mark(this.log, "aria-pressed", words.log);
    this.metrics.set(words.metrics, wrong.metrics);
    this.layout.set(words.layout, wrong.layout);
    this.best.set(words.best, wrong.best);
    this.element.classList.toggle("by-threshold", words.by_threshold);
  }

  /** Shows the second row of controls, or not. */
  unfold(open) {
    this.settings.hidden = !open;
    mark(this.more, "aria-expanded", open);
  }

  toggleHelp() {
    this.help.toggle(this.words.keys);
  }
}

/** The usual values and the one that is set. */
function withOwn(usual, value) {
  return usual.includes(value) ? usual : [...usual, value].sort((one, two) => one - two);
}
