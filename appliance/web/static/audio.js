/** The microphone's level beside its settings. */

import { live } from './live.js';

live();
