// Sends what the link and the form give to the API, and shows what comes of it.
const form = document.querySelector("form");
const outcome = document.querySelector("#outcome");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { ...JSON.parse(form.dataset.given), ...Object.fromEntries(new FormData(form)) };
  try {
    const answer = await fetch(form.dataset.api, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (answer.ok) {
      show(form.dataset.done, "note");
      form.remove();
    } else {
      const problem = await answer.json().catch(() => ({}));
      const details = (problem.errors || []).map((error) => `${error.pointer || error.parameter || ""} ${error.detail}`.trim());
      const reason = details.join("; ") || problem.detail || problem.title || problem.message || "no reason given";
      show(`Refused (${answer.status}): ${reason}`, "note alarm");
    }
  } catch (error) {
    show(`The API can't be reached: ${error.message}`, "note alarm");
  }
});

function show(text, kind) {
  outcome.textContent = text;
  outcome.className = kind;
}
