/** Everything the pages say, in one place, so that a translation is one more module like this. */

const MINUTE = 60;

function duration(seconds) {
  const whole = Math.max(1, Math.round(seconds));
  return whole < 2 * MINUTE ? `${whole} s` : `${Math.round(whole / MINUTE)} min`;
}

export const words = {
  captions: 'Captions',
  titled: (room) => (room ? `${room}: live captions` : 'Live captions'),
  gap: (seconds, reason) => `[${duration(seconds)} without captions: ${reason}]`,
  restarted: '[The box was restarted.]',
  listening: 'Listening…',
  nothingYet: 'What is said appears here.',
  readAlong: 'To read along on your phone, press it twice and scan the code.',

  /** What the box is doing: a word that is always there, and a sentence where it gives no reason itself. */
  states: {
    idle: { word: 'Ready', sentence: 'Press the button on the box to start captions.' },
    connecting: { word: 'Connecting', sentence: 'Captions begin in a moment.' },
    live: { word: 'Live', sentence: '' },
    muted: { word: 'Muted', sentence: 'The microphone is off. Press mute on the box to go on.' },
    reconnecting: { word: 'Reconnecting', sentence: 'Captions will go on in a moment.' },
    fallback: { word: 'Live on backup', sentence: 'The usual service cannot be reached; another one is used.' },
    finishing: { word: 'Finishing', sentence: 'The last words are on their way.' },
    fault: { word: 'Needs attention', sentence: 'The box cannot go on by itself; its own screen says why.' },
  },

  /** How the connection to the box is, while it is not open. */
  connections: {
    opening: { word: 'Connecting', sentence: 'Connecting to the box…' },
    down: { word: 'Not connected', sentence: 'The box is not answering. Trying again…' },
    refused: { word: 'Not let in', sentence: 'Scan the code on the box’s screen to read its captions here.' },
  },

  language: 'Language',
  spoken: (name) => `${name} (as spoken)`,
  jumpToNow: 'Jump to now',
  appearance: 'Text and colours',
  textSize: 'Text size',
  sizes: { small: 'Small', normal: 'Normal', large: 'Large', larger: 'Larger', largest: 'Largest' },
  theme: 'Colours',
  themes: { system: 'As the device', light: 'Light', dark: 'Dark' },
  done: 'Done',

  frontPanel: 'Front panel',
  panelOf: (box) => (box ? `${box}: front panel` : 'Front panel'),
  display: (state) => (state ? `The box’s display: ${state}` : 'The box’s display'),
  light: 'Light',
  lights: {
    idle: 'dim white',
    connecting: 'blue, swelling',
    live: 'steady green',
    muted: 'red, with a short break',
    reconnecting: 'amber, blinking twice',
    fallback: 'amber and green in turn',
    finishing: 'blue, fading',
    fault: 'red, blinking',
  },
  lightMeans: (light, state) => `The light is ${light}: ${state.toLowerCase()}.`,
  mute: 'Mute',
  gestures: 'What the buttons do',
  shortPress: 'Captions, pressed',
  shortPressDoes: 'start or stop captions',
  doublePress: 'Captions, pressed twice',
  doublePressDoes: 'show the code that lets phones read along',
  longPress: 'Captions, held for a second',
  longPressDoes: 'go to the next room',
  mutePress: 'Mute, pressed',
  mutePressDoes: 'mute the microphone, or hear again',
};

/** Write the words into a page: `data-words` for what is seen, `data-label` for what is only read out. */
export function speak(root = document) {
  for (const element of root.querySelectorAll('[data-words]')) {
    element.textContent = find(element.dataset.words);
  }
  for (const element of root.querySelectorAll('[data-label]')) {
    element.setAttribute('aria-label', find(element.dataset.label));
  }
}

function find(path) {
  return path.split('.').reduce((branch, name) => branch[name], words);
}
