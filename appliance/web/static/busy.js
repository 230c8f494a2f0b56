/** A form that takes long says on its button what is being done, and is not sent twice. */

addEventListener('submit', (event) => {
  const button = event.submitter;
  if (!button?.dataset.busy) return;
  if (button.ariaDisabled) {
    event.preventDefault();
    return;
  }
  button.ariaDisabled = 'true';
  button.textContent = button.dataset.busy;
});
