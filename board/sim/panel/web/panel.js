"use strict";
// The front of the cabinet. The server tells the whole state after each change; this script shows it and sends
// what hands do. It keeps no state of the box itself.

const $ = (id) => document.getElementById(id);
const el = (tag, props = {}, ...kids) => {
  const n = document.createElement(tag);
  for (const [k, v] of Object.entries(props)) {
    if (k in n) n[k] = v;
    else n.setAttribute(k, v);
  }
  n.append(...kids);
  return n;
};
const picture = (paths, box) => {
  const ns = "http://www.w3.org/2000/svg";
  const s = document.createElementNS(ns, "svg");
  s.setAttribute("viewBox", box);
  s.setAttribute("aria-hidden", "true");
  for (const [tag, attrs] of paths) {
    const p = document.createElementNS(ns, tag);
    for (const [k, v] of Object.entries(attrs)) p.setAttribute(k, v);
    s.append(p);
  }
  return s;
};
const line = { fill: "none", stroke: "currentColor", "stroke-width": 3, "stroke-linecap": "round", "stroke-linejoin": "round" };
const keyPicture = () => picture([
  ["circle", { ...line, cx: 12, cy: 9, r: 6.5 }],
  ["path", { ...line, d: "M12 15.5V31M12 25h5M12 30h4" }],
], "0 0 24 34");

// Hands: one action after another, in the order of the clicks, for a code is a sequence.
let queue = Promise.resolve();
function act(what) {
  const run = async () => {
    try {
      const r = await fetch("/do", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(what) });
      if (!r.ok) {
        say((await r.text()).trim());
        return false;
      }
      return true;
    } catch {
      say("The simulator does not answer. Is it still running?");
      return false;
    }
  };
  // A badge on the reader must not hold up a finger, nor a finger a door.
  if (what.do !== "press") return run();
  queue = queue.then(run);
  return queue;
}
let sayTimer;
function say(text) {
  $("say").textContent = text.charAt(0).toUpperCase() + text.slice(1);
  clearTimeout(sayTimer);
  sayTimer = setTimeout(() => { $("say").textContent = ""; }, 6000);
}

// Sound, as the words of the box: WebAudio makes what the buzzer would.
const sound = (() => {
  let audio, muted = false, alarm;
  try { muted = localStorage.getItem("smartbox-muted") === "yes"; } catch { /* private mode */ }
  const tone = (hz, from, last) => {
    if (!audio) return;
    const o = audio.createOscillator(), g = audio.createGain(), t = audio.currentTime + from;
    o.type = "square";
    o.frequency.value = hz;
    g.gain.setValueAtTime(0.0001, t);
    g.gain.exponentialRampToValueAtTime(0.05, t + 0.005);
    g.gain.setValueAtTime(0.05, t + last);
    g.gain.exponentialRampToValueAtTime(0.0001, t + last + 0.02);
    o.connect(g).connect(audio.destination);
    o.start(t);
    o.stop(t + last + 0.03);
  };
  const play = {
    key: () => tone(2000, 0, 0.02),
    good: () => { tone(2000, 0, 0.08); tone(2600, 0.12, 0.16); },
    bad: () => tone(500, 0, 0.5),
    attention: () => [0, 0.3, 0.6].forEach((t) => tone(1500, t, 0.15)),
    alarm: () => { alarm = setInterval(() => !muted && tone(2700, 0, 0.4), 500); },
  };
  const show = () => {
    $("mute").textContent = muted ? "Sound off" : "Sound on";
    $("mute").setAttribute("aria-pressed", String(muted));
  };
  // A browser lets a page sound only after its user did something.
  const wake = () => {
    const Audio = window.AudioContext || window.webkitAudioContext;
    if (Audio) audio ??= new Audio();
    audio?.resume();
  };
  addEventListener("pointerdown", wake);
  addEventListener("keydown", wake);
  return {
    show,
    play(name) {
      clearInterval(alarm);
      if (name === "alarm" || !muted) play[name]?.();
    },
    toggle() {
      muted = !muted;
      try { localStorage.setItem("smartbox-muted", muted ? "yes" : "no"); } catch { /* private mode */ }
      show();
    },
  };
})();

// The keypad.
function buildKeypad(layout) {
  const pad = $("keypad");
  pad.replaceChildren();
  for (const key of [...layout.join("")].filter((k) => k !== ".")) {
    const name = { "*": "Clear (star)", "#": "Enter (hash)" }[key] ?? key;
    const b = el("button", { type: "button", className: "key", textContent: key, "aria-label": name });
    b.dataset.key = key;
    if (key === "*") b.classList.add("star");
    if (key === "#") b.classList.add("hash");
    b.addEventListener("click", () => act({ do: "press", keys: key }));
    pad.append(b);
  }
}
addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.repeat) return;
  const at = e.target instanceof Element ? e.target : document.body;
  if (at.closest("input, select, textarea")) return;
  const onKeypad = at.closest("#keypad"), onOther = !onKeypad && at.closest("button, summary, a");
  let key = /^[0-9*#]$/.test(e.key) ? e.key : null;
  if (e.key === "Enter" && !onOther) key = "#";
  if ((e.key === "Escape" || e.key === "Backspace") && !at.closest("details[open]")) key = "*";
  if (!key) return;
  e.preventDefault();
  act({ do: "press", keys: key });
});

// The doors.
let state = null, chosen = ""; // chosen: the card of the key in the hand that is hung up next
const slots = new Map();
function buildSlot(d) {
  const root = el("div", { className: "slot", role: "group", "aria-label": `Slot ${d.number}` });
  const thing = el("button", { type: "button", className: "thing" });
  const door = el("button", { type: "button", className: "door" }, el("b", { textContent: d.number }));
  const shut = el("button", { type: "button", className: "shut" });
  const jam = el("button", { type: "button" }), force = el("button", { type: "button", textContent: "Force open" });
  const menu = el("details", {}, el("summary", { textContent: "⋯", "aria-label": `Mishaps of slot ${d.number}` }), el("div", { className: "menu" }, jam, force));
  root.append(
    el("div", { className: "bay" }, el("i", { className: "hook" }), thing, door, el("i", { className: "lamp" })),
    el("div", { className: "under" }, shut, menu),
  );
  const now = () => state.doors.find((x) => x.slot === d.slot);
  const pull = async () => {
    if (now().open) return act({ do: "shut", slot: d.slot });
    root.classList.remove("rattle");
    void root.offsetWidth; // lets the animation begin anew
    root.classList.add("rattle");
    return act({ do: "open", slot: d.slot });
  };
  door.addEventListener("click", pull);
  shut.addEventListener("click", pull);
  thing.addEventListener("click", () => {
    const it = now();
    if (it.key) return act({ do: "take", slot: d.slot });
    const k = nextKey();
    return k ? act({ do: "put", slot: d.slot, card: k.card }) : say("Your hand is empty: take a key first.");
  });
  jam.addEventListener("click", () => { menu.open = false; act({ do: "jam", slot: d.slot, on: !now().jammed }); });
  force.addEventListener("click", () => { menu.open = false; act({ do: "force", slot: d.slot }); });
  menu.addEventListener("keydown", (e) => {
    if (e.key === "Escape") { menu.open = false; menu.firstChild.focus(); e.stopPropagation(); }
  });
  $("doors").append(root);
  return { root, thing, door, shut, jam, force };
}
addEventListener("click", (e) => {
  for (const m of document.querySelectorAll(".under details[open]")) if (!m.contains(e.target)) m.open = false;
});
function nextKey() {
  return state.hand.find((k) => k.card === chosen) ?? state.hand.find((k) => k.card);
}
function showSlot(d) {
  let s = slots.get(d.slot);
  if (!s) slots.set(d.slot, s = buildSlot(d));
  const next = nextKey();
  s.root.className = `slot lamp-${d.lamp}${d.open ? " open" : ""}${d.jammed ? " jam" : ""}${d.lit ? " lit" : ""}${s.root.classList.contains("rattle") ? " rattle" : ""}`;
  s.door.setAttribute("aria-label", `Door ${d.number}, ${d.open ? "open: shut it" : d.jammed ? "jammed" : "shut: pull at it"}`);
  s.shut.textContent = d.open ? "Shut" : "Pull";
  s.shut.setAttribute("aria-label", d.open ? `Shut door ${d.number}` : `Pull at door ${d.number}`);
  s.jam.textContent = d.jammed ? "Free the door" : "Jam the door";
  s.force.disabled = d.open;
  const inside = `${d.open}|${d.key?.name}|${next?.name}`;
  if (s.inside === inside) return;
  s.inside = inside;
  s.thing.disabled = !d.open;
  s.thing.hidden = !d.open && !d.key;
  s.thing.classList.toggle("free", !d.key);
  if (d.key) {
    s.thing.replaceChildren(keyPicture(), el("span", { className: "tag", textContent: d.key.name }));
    s.thing.setAttribute("aria-label", `Take ${d.key.name} out of slot ${d.number}`);
  } else {
    const text = next ? `hang ${next.name}` : "empty";
    s.thing.replaceChildren(el("span", { className: "tag", textContent: text }));
    s.thing.setAttribute("aria-label", next ? `Hang ${next.name} into slot ${d.number}` : `Slot ${d.number} is empty`);
  }
}

// The hand.
let handShown = "";
function showHand(hand) {
  const key = JSON.stringify([hand, chosen]);
  if (key === handShown) return;
  handShown = key;
  const tray = $("hand");
  if (!hand.length) {
    tray.replaceChildren(el("p", { className: "empty", textContent: "Nothing. Keys that you take out are carried here." }));
    return;
  }
  tray.replaceChildren(...hand.map((k) => {
    const tap = el("button", { type: "button", className: "small", textContent: "Tap fob", "aria-label": `Tap the fob of ${k.name}` });
    tap.disabled = !k.card;
    tap.addEventListener("click", () => act({ do: "tap", card: k.card }));
    const box = el("div", { className: "fob" }, keyPicture(), el("strong", { textContent: k.name }), tap);
    if (hand.length > 1) {
      const pick = el("button", { type: "button", className: "small", textContent: k === nextKey() ? "Next ✓" : "Next", "aria-pressed": String(k === nextKey()), "aria-label": `Hang ${k.name} up next` });
      pick.addEventListener("click", () => { chosen = k.card; show(state); });
      box.append(pick);
    }
    return box;
  }));
}

// The people.
function showPeople(people) {
  const initials = (n) => n.split(/\s+/).map((w) => w[0]).join("").slice(0, 2).toUpperCase();
  const one = (p, i) => {
    const face = el("span", { className: "face", textContent: initials(p.name), "aria-hidden": "true" });
    face.style.background = `hsl(${(i * 67 + 205) % 360} 38% 40%)`;
    const ways = el("div", { className: "ways" });
    if (p.code) {
      const b = el("button", { type: "button", className: "small", "aria-label": `Type the code of ${p.name}` }, el("code", { textContent: `${p.code} #` }));
      b.addEventListener("click", () => act({ do: "press", keys: `${p.code}#` }));
      ways.append(b);
    }
    if (p.card) {
      const b = el("button", { type: "button", className: "small", textContent: "Badge", "aria-label": `Tap the badge of ${p.name}` });
      b.addEventListener("click", () => act({ do: "tap", card: p.card }));
      ways.append(b);
    }
    return el("li", { className: "badge" }, face, el("span", { className: "name", textContent: p.name }), el("span", { className: "note", textContent: p.note, title: p.note }), ways);
  };
  $("people").replaceChildren(...[...people, { name: "A stranger", code: "0000", card: "stranger", note: "nobody knows this badge" }].map(one));
}

// The display.
let glassShown = "";
function showGlass(glass, lit) {
  const key = JSON.stringify([glass, lit]);
  if (key === glassShown) return;
  glassShown = key;
  const g = $("glass");
  g.classList.toggle("lit", lit);
  const rows = glass ?? ["", "", "", ""];
  g.replaceChildren(...rows.map((row) => el("div", {}, ...[...row].map((c) => el("span", { textContent: c })))));
  g.style.setProperty("--columns", Math.max(...rows.map((r) => [...r].length), 1));
  $("glass-text").textContent = rows.map((r) => r.trim()).filter(Boolean).join("\n");
}

function show(s) {
  state = s;
  showGlass(s.glass, s.light);
  for (const d of s.doors) showSlot(d);
  showHand(s.hand);
  $("reader").classList.toggle("on", s.reader);
  for (const b of $("keypad").children) b.classList.toggle("down", s.held.includes(b.dataset.key));
  $("mains").checked = s.mains;
  $("tamper").checked = s.tamper;
  if (document.activeElement !== $("battery")) $("battery").value = s.battery;
  $("percent").textContent = `${s.battery} %`;
  const faults = JSON.stringify(s.faults);
  if (faults !== show.faults) {
    show.faults = faults;
    $("broken").replaceChildren(...Object.entries(s.faults ?? {}).map(([part, kind]) => {
      const b = el("button", { type: "button", textContent: `${part}: ${kind} – mend` });
      b.addEventListener("click", () => act({ do: "fault", part, fault: "none" }));
      return el("li", {}, b);
    }));
  }
}

// The record.
const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const refused = new Set(["access-refused", "access-unknown", "panel-locked", "snapshot-refused", "unlock-failed"]);
function entry(e, fresh) {
  const when = e.time ? new Date(e.time) : null;
  const about = el("div", { className: "about" });
  for (const t of [e.who, e.key, e.slot && `Slot ${e.slot}`, e.silent && "silent"]) if (t) about.append(el("span", { textContent: t }));
  const li = el("li", { className: `${fresh ? "new" : ""} ${e.alarm ? "alarm" : ""} ${refused.has(e.kind) ? "no" : ""}`, title: `event ${e.seq}: ${e.kind}` },
    el("time", { dateTime: e.time, textContent: when ? clock.format(when) : "" }),
    el("div", {}, el("div", { className: "what", textContent: e.what }), about,
      ...(e.reason ? [el("div", { className: "reason", textContent: e.reason })] : [])));
  return li;
}
function showDecision(d) {
  if (!d) return;
  const facts = el("dl");
  for (const [k, v] of [["Who", d.who], ["Key", d.key], ["Rule", d.rule], ["Revision", d.revision], ["Age", d.age], ["Due back", d.due && new Date(d.due).toLocaleString()]]) {
    if (v) facts.append(el("dt", { textContent: k }), el("dd", { textContent: v }));
  }
  $("decision").replaceChildren(
    el("div", { className: `verdict ${d.allowed ? "yes" : "no"}` }, `${d.allowed ? "✔ Allowed" : "✖ Refused"}`,
      el("span", { textContent: [d.action, d.key].filter(Boolean).join(": ") })),
    el("p", { textContent: d.explain }), facts);
}

// The wire.
function connect() {
  const live = new EventSource("/live");
  const on = (name, f) => live.addEventListener(name, (e) => f(JSON.parse(e.data)));
  live.onopen = () => { $("link").textContent = "live"; $("link").classList.add("live"); };
  live.onerror = () => { $("link").textContent = "lost, trying again …"; $("link").classList.remove("live"); };
  on("hello", (h) => {
    $("title").textContent = h.title;
    buildKeypad(h.layout ?? []);
    showPeople(h.people);
    $("part").replaceChildren(...h.parts.map((p) => el("option", { value: p, textContent: p })));
    $("log").replaceChildren(...h.log.map((e) => entry(e, false)).reverse());
    showDecision(h.decision);
  });
  on("state", show);
  on("sound", (s) => sound.play(s.sound));
  on("decision", showDecision);
  on("log", (e) => {
    $("log").prepend(entry(e, true));
    while ($("log").children.length > 200) $("log").lastChild.remove();
  });
}

$("mute").addEventListener("click", () => sound.toggle());
$("mains").addEventListener("change", (e) => act({ do: "mains", on: e.target.checked }));
$("tamper").addEventListener("change", (e) => act({ do: "tamper", on: e.target.checked }));
$("battery").addEventListener("input", (e) => act({ do: "battery", percent: Number(e.target.value) }));
$("break").addEventListener("click", () => act({ do: "fault", part: $("part").value, fault: $("fault").value }));
sound.show();
connect();
