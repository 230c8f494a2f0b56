/** Opens a dialog by its button, and closes it by the space around it. */
export function openBy(dialog, button) {
  button.addEventListener('click', () => dialog.showModal());
  dialog.addEventListener('click', ({ target }) => target === dialog && dialog.close());
}
