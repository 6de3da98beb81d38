// One sample, large: what it looks like, and all that is known of it.

import { button } from "./fields.js";
import { make } from "./make.js";
import { Look, curves, named, standingOf, toldOf } from "./samples_card.js";

export class Detail {
  /** address(card): where it is said what a sample looks like. */
  constructor(address) {
    this.address = address;
    this.body = make("div");
    this.element = make("dialog", { class: "detail", "aria-label": "a sample", close: () => this.look?.close() }, this.body);
    this.element.addEventListener("click", (event) => event.target === this.element && this.element.close());
  }

  open(card, { shows, facts, unit }) {
    this.look?.close();
    this.look = shows ? new Look(this.address(card), `sample ${card.name}, truth ${card.truth}`, true) : null;
    const rows = card.standings.flatMap((told, at) => [
      ["run", `${facts[at].run}, ${facts[at].at}`],
      ["mean score", told.confidence?.toFixed(3) ?? "none"],
      ["deviation", told.variability?.toFixed(3) ?? "none"],
      ["right in", told.correctness === null ? "none" : `${Math.round(100 * told.correctness)}% of the ${unit === "step" ? "points" : "epochs"}`],
      ["forgotten", `${told.forgotten} times`],
      ["flips", String(told.flips)],
      ...(told.suggested ? [["label may be", told.suggested]] : []),
    ]);
    this.body.replaceChildren(
      make("header", {}, make("h2", {}, named(card)), button("close", () => this.element.close())),
      ...(this.look ? [this.look.element] : []),
      make("p", {}, `truth ${card.truth}`),
      ...card.standings.map((standing, at) => standingOf(standing, card.standings.length > 1 ? "AB"[at] : "")),
      curves(card),
      make("p", { class: "note" }, `score over the ${unit}s, 0 at the bottom, 1 at the top · ${toldOf(card)} · position ${card.sample} in the data`),
      make("dl", {}, ...rows.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])),
    );
    this.element.showModal();
  }
}
