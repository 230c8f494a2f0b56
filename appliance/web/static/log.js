// Puts what the box notes at the top of its log while somebody looks at it.

const EVERY = 2000;
const KEPT = 500;

const lines = document.getElementById("lines");
const follow = document.getElementById("follow");
const trouble = document.getElementById("trouble");

async function refresh() {
  const after = lines.firstElementChild?.dataset.number ?? 0;
  try {
    const response = await fetch(`/admin/log/lines?level=${lines.dataset.level}&after=${after}`);
    if (!response.ok) throw new Error(response.statusText);
    show(await response.text());
    trouble.hidden = true;
  } catch {
    trouble.hidden = false;
  }
}

function show(html) {
  lines.insertAdjacentHTML("afterbegin", html.trim());
  while (lines.childElementCount > KEPT) lines.lastElementChild.remove();
  if (lines.firstElementChild) document.getElementById("nothing")?.remove();
}

async function goOn() {
  if (follow.ariaPressed === "true" && !document.hidden) await refresh();
  setTimeout(goOn, EVERY);
}

follow.addEventListener("click", () => {
  follow.ariaPressed = String(follow.ariaPressed !== "true");
});
document.getElementById("reload").hidden = true;
follow.hidden = false;
setTimeout(goOn, EVERY);
