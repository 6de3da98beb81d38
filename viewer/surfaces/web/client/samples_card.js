// A card: what a sample looks like, its truth, what was predicted, and its score over the epochs.

import { make } from "./make.js";

const WIDE = 120, TALL = 30; // of a curve, in units of its own
const SMALL = 160; // pixels up to which a picture is enlarged pixel by pixel
const AGAIN = 1000; // milliseconds after which what was given up is asked for again

export class Card {
  /** what: shows (whether anybody says what samples look like), address (of that), open(). */
  constructor(card, { shows, address, open }) {
    this.made = JSON.stringify([card, address]);
    this.look = shows ? new Look(address, `sample ${card.name}, truth ${card.truth}`) : null;
    this.button = make("button", { type: "button", class: "name", "aria-label": wordsOf(card), title: card.name }, named(card));
    this.element = make(
      "div", { class: "card", click: open },
      this.look?.element,
      make("h2", {}, this.button),
      make("p", { title: card.truth }, `truth ${card.truth}`),
      ...card.standings.map((standing, at) => standingOf(standing, card.standings.length > 1 ? "AB"[at] : "")),
      make("p", { class: "note", title: toldOf(card) }, toldOf(card)),
      curves(card),
    );
  }

  close() {
    this.look?.close();
  }
}

/** What a sample looks like: a picture on a canvas, or words; asked for once it is made, given up when it is closed. */
export class Look {
  /** whole: all of it can be reached, by scrolling with keys too; on a card it is cut. */
  constructor(address, words, whole = false) {
    this.element = make("div", { class: "look", ...(whole && { tabindex: 0, role: "group", "aria-label": `what it looks like: ${words}` }) });
    this.words = words;
    this.stopped = new AbortController();
    this.load(address);
  }

  close() {
    this.stopped.abort();
    clearTimeout(this.again);
  }

  async load(address) {
    try {
      const answer = await fetch(address, { signal: this.stopped.signal });
      if (answer.status === 503) this.again = setTimeout(() => this.load(address), AGAIN);
      else if (!answer.ok) this.say("p", { class: "wrong" }, "could not be loaded");
      else if (answer.headers.get("Content-Type").startsWith("image/")) await this.picture(await answer.blob());
      else this.write(await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") this.say("p", { class: "wrong" }, "could not be loaded");
    }
  }

  async picture(blob) {
    const image = await createImageBitmap(blob);
    const canvas = make("canvas", { width: image.width, height: image.height, role: "img", "aria-label": this.words });
    if (Math.max(image.width, image.height) <= SMALL) canvas.className = "small";
    canvas.getContext("2d").drawImage(image, 0, 0);
    image.close();
    this.element.replaceChildren(canvas);
  }

  write({ text, rows, note, fault }) {
    if (fault) this.say("p", { class: "wrong", title: fault }, fault);
    else if (text) this.say("pre", {}, text);
    else if (rows.length) this.say("dl", {}, ...rows.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
    else this.say("p", { class: "note" }, note);
  }

  say(tag, properties, ...children) {
    this.element.replaceChildren(make(tag, properties, ...children));
  }
}

export function named({ name, label }) {
  return label ? `${name}, ${label}` : name;
}

/** The card in a sentence, for who does not see it. */
export function wordsOf(card) {
  const told = card.standings.map((one) => (one.score === null ? "no prediction" : `predicted ${one.predicted}, ${one.right ? "right" : "wrong"}, score ${one.score.toFixed(3)}`));
  return `sample ${named(card)}: truth ${card.truth}; ${told.join("; ")}`;
}

export function standingOf({ score, right, predicted }, letter) {
  const before = letter ? `${letter}: ` : "";
  if (score === null) return make("p", { class: "note" }, `${before}no prediction`);
  const mark = make("span", { class: right ? "right" : "wrong" }, `${right ? "✓" : "✗"} ${predicted}`);
  const number = make("span", { class: "score", title: "score" }, score.toFixed(3));
  return make("p", { class: "standing", title: predicted }, before, mark, number);
}

export function toldOf({ standings: [told] }) {
  const parts = [
    told.correctness === null ? "" : `right in ${Math.round(100 * told.correctness)}%`,
    told.forgotten ? `forgotten ${told.forgotten}×` : "",
    told.flips ? `${told.flips} flip${told.flips === 1 ? "" : "s"}` : "",
    told.suggested ? `may be ${told.suggested}` : "", // last, as it may be long
  ];
  return parts.filter(Boolean).join(", ");
}

/** The score over the epochs, 0 at the bottom, 1 at the top; a line for each run, broken where there is none. */
export function curves({ standings }) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const ends = standings.map(({ history }) => `${said(history[0])} to ${said(history.at(-1))}`);
  for (const [name, value] of Object.entries({ viewBox: `0 0 ${WIDE} ${TALL}`, preserveAspectRatio: "none", role: "img", "aria-label": `score over time, ${ends.join(" and ")}` })) svg.setAttribute(name, value);
  standings.forEach(({ history }, at) => {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", lineOf(history));
    path.setAttribute("class", "ab"[at]);
    svg.append(path);
  });
  return svg;
}

function lineOf(history) {
  const step = WIDE / Math.max(history.length - 1, 1);
  const near = (at) => history[at] !== null && history[at] !== undefined;
  return history
    .map((value, at) => {
      if (value === null) return "";
      const x = at * step, y = (1 - value) * TALL;
      if (!near(at - 1) && !near(at + 1)) return `M${x - 1},${y}h2`; // alone: a dash
      return `${near(at - 1) ? "L" : "M"}${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join("");
}

function said(value) {
  return value === null || value === undefined ? "none" : value.toFixed(2);
}
