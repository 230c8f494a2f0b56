/** What the display and the light of the box show now. */

const EVENTS = '/api/v1/panel/events';
const PICTURE = '/api/v1/panel.png';

/** Milliseconds until a stream that the browser has given up is opened again. */
const RETRY = 3_000;

/** How many pixels of the screen a pixel of the glass takes at most. */
const LARGEST = 4;

const DARK = { red: 0, green: 0, blue: 0 };

export class Front {
  #glass;
  #light;
  #wanted = null;
  #shown = null;
  #looking = false;
  #room = 0;

  /**
   * @param {HTMLImageElement} glass the display
   * @param {HTMLElement} around gives it its room
   * @param {HTMLElement} light takes the colour of the light
   */
  constructor(glass, around, light) {
    this.#glass = glass;
    this.#light = light;
    this.#watch();
    new ResizeObserver(([{ contentRect }]) => {
      this.#room = contentRect.width;
      this.#fit();
    }).observe(around);
  }

  #watch() {
    const source = new EventSource(EVENTS);
    source.addEventListener('open', () => {
      this.#shown = null;
    });
    source.addEventListener('panel', ({ data }) => {
      const { lights, picture } = JSON.parse(data);
      this.#shine(lights);
      this.#look(picture);
    });
    source.addEventListener('error', () => {
      this.#shine(DARK);
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.#watch(), RETRY);
    });
  }

  /** The duty cycle of a light is linear, unlike the numbers of a screen. */
  #shine({ red, green, blue }) {
    this.#light.style.color = `color(srgb-linear ${red} ${green} ${blue})`;
  }

  /** One picture at a time; of those that came meanwhile only the latest. */
  async #look(picture) {
    this.#wanted = picture;
    if (this.#looking) return;
    this.#looking = true;
    while (this.#shown !== this.#wanted) {
      this.#shown = this.#wanted;
      this.#glass.src = `${PICTURE}?${this.#shown}`;
      await this.#glass.decode().catch(() => {});
      this.#fit();
    }
    this.#looking = false;
  }

  /** Whole pixels, or the picture blurs. */
  #fit() {
    const { naturalWidth, naturalHeight } = this.#glass;
    if (!naturalWidth) return;
    const scale = Math.min(LARGEST, Math.max(1, Math.floor(this.#room / naturalWidth)));
    this.#glass.width = scale * naturalWidth;
    this.#glass.height = scale * naturalHeight;
  }
}
