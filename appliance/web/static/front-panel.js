/** The front of the box as it looks now, beside its settings. */

import { Front } from './front.js';

const part = (id) => document.getElementById(id);

part('light').hidden = false;
new Front(part('glass'), part('window'), part('light'));
