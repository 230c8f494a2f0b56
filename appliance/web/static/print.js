/** A button that prints the page; without it the menu of the browser does. */

const button = document.getElementById('print');
button.hidden = false;
button.addEventListener('click', () => print());
