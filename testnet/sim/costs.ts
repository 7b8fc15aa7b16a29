/**
 * How long the work of a node takes a processor, in milliseconds of one end.
 *
 * Measured on the real code, `npm run bench -- processor`: whole daemons of which 20 share a
 * process, as the testnet packs them, on 2 cores of an AMD EPYC that others used too. What it
 * prints is of both ends; half of that is each one's.
 */

/** A connection, with TLS or Noise, muxer, identify, and HELLO on both sides: 19.4. */
export const CONNECTION_MS = 9.7

/** INTEREST, HAVE or LEAVE sent, or received: 0.43 for the three. */
export const MESSAGE_MS = 0.43 / 6

/** A WANT and its answer, without the bytes: 0.14. */
export const WANT_MS = 0.07

/**
 * A byte of a block, from the one store into the other: 2.74 for 160 kB with its WANT, of which one
 * end encrypts and sends, the other decrypts, hashes, decides and keeps.
 */
export const BYTE_MS = (2.74 - 0.14) / 160_000 / 2

/** An HTTP request, and what reads it: 0.46 to 0.56. */
export const REQUEST_MS = 0.5
/** A byte over HTTP, at its sender: 0.78 for 160 kB with its request. */
export const HTTP_BYTE_MS = (0.78 - 0.5) / 160_000

/** A node that a tracker names: its record is read and its signature verified. */
export const RECORD_MS = 0.24
/** A tracker's answer over libp2p: 725 a second of processor time (docs/benchmarks.md). */
export const LOOKUP_MS = 1.38

/**
 * A second of rest: of 160 nodes with the DHT and trackers, 1.0 cores while nobody played
 * (docs/testnet.md). With 19 neighbours each and without those it is 1.9 to 4.6.
 */
export const REST_MS = 6.25
