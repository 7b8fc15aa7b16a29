/**
 * The room around pictures for their axes, and the size of their letters.
 */

export const FRAME = {
  style: { fontSize: '12px' }, marginLeft: 64, marginRight: 20, marginTop: 26
}

/** Below the numbers of an axis, where its unit hides none of them. */
export const LABEL_BELOW = { labelOffset: 38 }
export const ROOM_BELOW = { marginBottom: 44 }
