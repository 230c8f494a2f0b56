/** Sends a form without leaving the page where its button says which part of the page is the answer. */

addEventListener('submit', (event) => {
  const button = event.submitter;
  if (!button?.dataset.replaces) return;
  event.preventDefault();
  if (!button.ariaDisabled) send(event.target, button);
});

/** A choice after which another part of the form is asked needs no button. */
for (const button of document.querySelectorAll('button[data-follows]')) {
  const choice = document.getElementById(button.dataset.follows);
  choice.addEventListener('change', () => choice.form.requestSubmit(button));
  button.hidden = true;
}

async function send(form, button) {
  const words = button.textContent;
  const body = new URLSearchParams(new FormData(form, button));
  button.setAttribute('aria-disabled', 'true');
  if (button.dataset.busy) button.textContent = button.dataset.busy;
  try {
    const response = await fetch(form.action, { method: 'POST', body, headers: { Accept: 'text/html' } });
    const answer = new DOMParser().parseFromString(await response.text(), 'text/html');
    const id = button.dataset.replaces;
    const part = answer.getElementById(id);
    if (part) document.getElementById(id).replaceChildren(...part.childNodes);
    else location.assign(response.url);
  } catch {
    location.reload();
  } finally {
    button.removeAttribute('aria-disabled');
    button.textContent = words;
  }
}
