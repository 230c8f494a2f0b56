/** The buttons of the simulated panel: a press lasts as long as the finger, so holding works as on the box. */

const BUTTONS = '/api/v1/panel/buttons';

export class Buttons {
  #sent = Promise.resolve();
  #parts;

  /** @param {...HTMLElement} parts hidden unless the panel is simulated; the first holds the buttons */
  constructor(...parts) {
    this.#parts = parts;
    for (const button of parts[0].querySelectorAll('button')) this.#attach(button);
    // A panel that is real has no such address; letting go of what nobody holds changes nothing.
    this.#send('caption', false);
  }

  #attach(button) {
    const hear = (kinds, act) => kinds.forEach((kind) => button.addEventListener(kind, act));
    hear(['pointerdown'], (event) => event.button === 0 && this.#press(button));
    hear(['pointerup', 'pointerleave', 'pointercancel', 'blur'], () => this.#release(button));
    hear(['keydown'], (event) => isPress(event) && (event.preventDefault(), this.#press(button)));
    hear(['keyup'], (event) => isPress(event) && (event.preventDefault(), this.#release(button)));
    hear(['contextmenu'], (event) => event.preventDefault());
    // A screen reader or a voice clicks without a finger.
    hear(['click'], (event) => {
      if (event.detail > 0) return;
      this.#press(button);
      this.#release(button);
    });
  }

  #press(button) {
    if (button.classList.contains('down')) return;
    button.classList.add('down');
    this.#send(button.value, true);
  }

  #release(button) {
    if (!button.classList.contains('down')) return;
    button.classList.remove('down');
    this.#send(button.value, false);
  }

  /** One after the other: a release must not overtake its press. */
  #send(button, pressed) {
    const request = {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ button, pressed }),
      keepalive: true,
    };
    this.#sent = this.#sent
      .then(() => fetch(BUTTONS, request))
      .then(({ status }) => this.#parts.forEach((part) => (part.hidden = status === 404)))
      .catch(() => {});
  }
}

function isPress({ key }) {
  return key === ' ' || key === 'Enter';
}
