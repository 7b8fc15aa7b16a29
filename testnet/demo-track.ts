/**
 * The music in the repository; assets/README.md has its licence.
 */

import { fileURLToPath } from 'node:url'

export const DEMO_TRACK = fileURLToPath(new URL('../assets/metal-madness.ogg', import.meta.url))
