/**
 * The player as one script tag.
 * in: `<script type="module" src="…/cdnd-player.js">`. out: `cdnd.createPlayer` for the page's own
 * scripts, and every `<audio data-cdnd="…/master.m3u8">` or `<video …>` plays, with the options of
 * its other `data-cdnd-…` attributes.
 */

import { createPlayer } from './index.ts'
import { optionsIn, playMarked } from './marked-media.ts'

export { createPlayer, optionsIn }

Object.assign(globalThis, { cdnd: { createPlayer, optionsIn } })

// A module runs when the page has been read.
playMarked(document, createPlayer)
