"use strict";
// Decisions live in this page only, until they are saved as decisions.json.
const cards = [...document.querySelectorAll(".card")];
const state = new Map(cards.map((card) => [card, { decision: "", boxes: [] }]));
const past = [];
let here = 0;
let drawing = null;
let saved = true;
const LABELS = { accept: "Accepted", redact: "To be redacted", exclude: "Excluded" };

const find = (id) => document.getElementById(id);
const allowed = (card, decision) => card.querySelector(`input[value="${decision}"]`);

function go(index, focus = true) {
  if (!cards.length) return;
  here = Math.max(0, Math.min(cards.length - 1, index));
  cards.forEach((card, at) => card.classList.toggle("here", at === here));
  if (focus) {
    cards[here].focus({ preventScroll: true });
    cards[here].scrollIntoView({ block: "start" });
  }
}

function keep(card) {
  const { decision, boxes } = state.get(card);
  past.push({ card, decision, boxes: [...boxes] });
  saved = false;
}

function say(card, text, wrong = false) {
  const line = card.querySelector(".state");
  line.textContent = text;
  line.classList.toggle("wrong", wrong);
}

function show(card) {
  const mine = state.get(card);
  for (const input of card.querySelectorAll('input[type="radio"]')) input.checked = input.value === mine.decision;
  card.dataset.decision = mine.decision;
  const boxes = mine.boxes.length && mine.decision === "redact" ? `, with ${mine.boxes.length} boxes of yours` : "";
  say(card, mine.decision ? LABELS[mine.decision] + boxes : "");
  if (mine.decision === "redact" && "draws" in card.dataset && !mine.boxes.length && card.dataset.kept === "0")
    say(card, "Nothing is drawn yet: draw what is to be blanked.", true);
  showBoxes(card);
  progress();
}

function decide(card, decision) {
  if (!allowed(card, decision)) return say(card, `This finding cannot be decided so (${decision}).`, true);
  if (state.get(card).decision === decision) return show(card);
  keep(card);
  state.get(card).decision = decision;
  show(card);
}

function undo() {
  const last = past.pop();
  if (!last) return;
  state.set(last.card, { decision: last.decision, boxes: last.boxes });
  saved = false;
  show(last.card);
  go(cards.indexOf(last.card));
}

function incomplete(card) {
  const { decision, boxes } = state.get(card);
  return decision === "redact" && "draws" in card.dataset && !boxes.length && card.dataset.kept === "0";
}

function decided() {
  return cards.filter((card) => state.get(card).decision && !incomplete(card));
}

function progress() {
  const waiting = cards.filter(incomplete).length;
  find("progress").textContent = `${decided().length} of ${cards.length} decided`
    + (waiting ? `, ${waiting} wait for a box.` : ".");
}

function documentOf() {
  const decisions = decided().map((card) => {
    const { decision, boxes } = state.get(card);
    return {
      finding: Number(card.dataset.finding),
      rule: card.dataset.rule,
      seen: card.dataset.seen,
      decision,
      boxes: decision === "redact" ? boxes : [],
      reason: card.querySelector(".why").value.trim(),
    };
  });
  return { kind: document.body.dataset.kind, trial: document.body.dataset.trial, decisions };
}

function save() {
  if (!decided().length) return void (find("progress").textContent = "Nothing decided yet: nothing to save.");
  const body = new Blob([JSON.stringify(documentOf(), null, 1) + "\n"], { type: "application/json" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(body);
  link.download = "decisions.json";
  link.click();
  URL.revokeObjectURL(link.href);
  saved = true;
}

function quoted(text) {
  return `"${text.replace(/[\\"$`]/g, "\\$&")}"`;
}

function line() {
  const why = find("why").value.trim() || "WHY";
  find("line").textContent = `guideit review ${document.body.dataset.trial} --apply decisions.json --reason ${quoted(why)}`;
}

async function copy() {
  const text = find("line").textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    getSelection().selectAllChildren(find("line"));
    document.execCommand("copy");
  }
  find("progress").textContent = "Copied.";
}

// Boxes: [left, top, right, bottom] in pixels of the frame

const SVG = "http://www.w3.org/2000/svg";

function sizeOf(figure) {
  return [Number(figure.dataset.width), Number(figure.dataset.height)];
}

function inside([left, top, right, bottom], figure) {
  const [width, height] = sizeOf(figure);
  const clip = (value, most) => Math.max(0, Math.min(most, Math.round(value)));
  return [clip(Math.min(left, right), width), clip(Math.min(top, bottom), height),
    clip(Math.max(left, right), width), clip(Math.max(top, bottom), height)];
}

function shape(box, moving) {
  const group = document.createElementNS(SVG, "g");
  group.setAttribute("class", moving ? "mine moving" : "mine");
  for (const kind of ["halo", "line"]) {
    const rect = document.createElementNS(SVG, "rect");
    rect.setAttribute("class", kind);
    const [left, top, right, bottom] = box;
    Object.entries({ x: left, y: top, width: right - left, height: bottom - top })
      .forEach(([name, value]) => rect.setAttribute(name, value));
    group.append(rect);
  }
  return group;
}

function parsed(text) {
  const found = text.replace(/\s/g, "").match(/^(\d+),(\d+),(\d+),(\d+)(.*)$/);
  return found && { box: found.slice(1, 5).map(Number), where: found[5] };
}

function showBoxes(card) {
  card.querySelectorAll(".mine:not(.moving)").forEach((old) => old.remove());
  const list = card.querySelector("ul.drawn");
  if (!list) return;
  list.replaceChildren();
  state.get(card).boxes.forEach((text, at) => {
    const { box, where } = parsed(text);
    for (const figure of card.querySelectorAll("figure"))
      if (!where || where === figure.dataset.where) figure.querySelector("svg").append(shape(box, false));
    const item = document.createElement("li");
    const name = document.createElement("code");
    name.textContent = text;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = "Remove";
    remove.setAttribute("aria-label", `Remove box ${text}`);
    remove.addEventListener("click", () => {
      keep(card);
      state.get(card).boxes.splice(at, 1);
      show(card);
    });
    item.append(name, " ", remove);
    list.append(item);
  });
}

function add(card, figure, box) {
  const [left, top, right, bottom] = inside(box, figure);
  if (left >= right || top >= bottom) return say(card, "A box without a pixel.", true);
  const alone = card.querySelector(".alone");
  const text = [left, top, right, bottom].join(",") + (alone && alone.checked ? figure.dataset.where : "");
  keep(card);
  const mine = state.get(card);
  if (!mine.boxes.includes(text)) mine.boxes.push(text);
  mine.decision = "redact";
  show(card);
}

function draft() {
  drawing.svg.querySelectorAll(".moving").forEach((old) => old.remove());
  drawing.svg.append(shape(inside(drawing.box, drawing.figure), true));
}

function drop() {
  if (!drawing) return;
  drawing.svg.querySelectorAll(".moving").forEach((old) => old.remove());
  drawing = null;
}

function begin(card, figure, box) {
  drop();
  drawing = { card, figure, svg: figure.querySelector("svg"), box };
  draft();
}

function beginByKeys(card) {
  const figure = "draws" in card.dataset && card.querySelector("figure");
  if (!figure) return say(card, "Nothing can be drawn on this finding.", true);
  const [width, height] = sizeOf(figure);
  begin(card, figure, [width * 0.35, height * 0.45, width * 0.65, height * 0.55].map(Math.round));
  say(card, "Arrows move the box, with Shift they size it, Enter keeps it, Esc drops it.");
}

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function drawByKey(event) {
  if (event.key === "Escape") {
    const { card } = drawing;
    drop();
    show(card);
  } else if (event.key === "Enter") {
    const { card, figure, box } = drawing;
    drop();
    add(card, figure, box);
  } else if (STEPS[event.key]) {
    const [width, height] = sizeOf(drawing.figure);
    const step = event.altKey ? 1 : Math.max(1, Math.round(Math.max(width, height) / 64));
    const [x, y] = STEPS[event.key].map((sign) => sign * step);
    const [left, top, right, bottom] = drawing.box;
    const at = event.shiftKey ? [left, top, Math.min(Math.max(right + x, left + 1), width), Math.min(Math.max(bottom + y, top + 1), height)]
      : moved([left, top, right, bottom], x, y, width, height);
    drawing.box = at;
    draft();
  } else return false;
  return true;
}

function moved([left, top, right, bottom], x, y, width, height) {
  const across = Math.max(-left, Math.min(x, width - right));
  const down = Math.max(-top, Math.min(y, height - bottom));
  return [left + across, top + down, right + across, bottom + down];
}

function point(svg, event) {
  const at = svg.getBoundingClientRect();
  const [width, height] = sizeOf(svg.closest("figure"));
  return [(event.clientX - at.left) * width / at.width, (event.clientY - at.top) * height / at.height];
}

for (const svg of document.querySelectorAll("[data-draws] .frame svg")) {
  const card = svg.closest(".card");
  const figure = svg.closest("figure");
  svg.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    svg.setPointerCapture(event.pointerId);
    go(cards.indexOf(card), false);
    const [x, y] = point(svg, event);
    begin(card, figure, [x, y, x, y]);
  });
  svg.addEventListener("pointermove", (event) => {
    if (!drawing || drawing.svg !== svg || !svg.hasPointerCapture(event.pointerId)) return;
    drawing.box.splice(2, 2, ...point(svg, event));
    draft();
  });
  svg.addEventListener("pointerup", () => {
    if (!drawing || drawing.svg !== svg) return;
    const { box } = drawing;
    drop();
    if (Math.abs(box[2] - box[0]) >= 2 && Math.abs(box[3] - box[1]) >= 2) add(card, figure, box);
  });
  svg.addEventListener("pointercancel", drop);
}

// Keys

const KEYS = {
  j: () => go(here + 1), k: () => go(here - 1), ArrowDown: () => go(here + 1), ArrowUp: () => go(here - 1),
  a: () => decide(cards[here], "accept"), r: () => decide(cards[here], "redact"), x: () => decide(cards[here], "exclude"),
  b: () => beginByKeys(cards[here]), u: undo, s: save,
};

document.addEventListener("keydown", (event) => {
  if (drawing && drawByKey(event)) return event.preventDefault();
  const target = event.target;
  const typing = target.matches('input[type="text"]');
  const choosing = target.matches('input[type="radio"], summary, button') && event.key.startsWith("Arrow");
  if (typing || choosing || event.ctrlKey || event.metaKey || event.altKey || !cards.length) return;
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

cards.forEach((card, at) => {
  card.addEventListener("focusin", () => go(at, false));
  card.addEventListener("change", (event) => {
    if (event.target.type === "radio") decide(card, event.target.value);
  });
  card.querySelector(".why").addEventListener("input", () => { saved = false; });
  const button = card.querySelector(".add");
  if (!button) return;
  const field = card.querySelector(".box");
  const typed = () => {
    const found = parsed(field.value);
    if (!found || found.where) return say(card, "Write a box as left,top,right,bottom.", true);
    add(card, card.querySelector("figure"), found.box);
    field.value = "";
  };
  button.addEventListener("click", typed);
  field.addEventListener("keydown", (event) => { if (event.key === "Enter") typed(); });
});

find("save").addEventListener("click", save);
find("undo").addEventListener("click", undo);
find("copy").addEventListener("click", copy);
find("why").addEventListener("input", line);
addEventListener("beforeunload", (event) => { if (!saved && decided().length) event.preventDefault(); });
line();
progress();
go(0, false);
document.documentElement.dataset.ready = "yes";
