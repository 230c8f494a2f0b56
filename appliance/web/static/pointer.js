/** Shows the pointer of the mouse, and what can be pressed with it, only while the mouse is moved. */

/** Milliseconds for which a pointer that rests is seen. */
const SEEN = 3_000;

export function hidePointer() {
  let resting = 0;
  addEventListener('pointermove', () => {
    document.documentElement.classList.add('pointing');
    clearTimeout(resting);
    resting = setTimeout(() => document.documentElement.classList.remove('pointing'), SEEN);
  });
}
