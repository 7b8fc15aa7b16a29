/**
 * `prefer: cdnd-whole` (RFC 7240): a media answer begins once all of it is here, so that its
 * headers say where all of it came from.
 */
export const PREFERS_WHOLE = 'cdnd-whole'
