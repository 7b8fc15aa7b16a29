/**
 * Every failure a caller can act on. `name` is the stable id to match on; facts are fields; each
 * doc names the fault: caller, peer, network or us. Routing penalises only a peer's.
 */

import type { CID } from 'multiformats/cid'

/** Something the caller passed is not of the form asked for. Fault: the caller. */
export class InvalidArgumentError extends Error {
  override readonly name = 'InvalidArgumentError'
}

/** A setting in a file, an environment variable or a flag is wrong. Fault: the caller. */
export class InvalidConfigError extends Error {
  override readonly name = 'InvalidConfigError'
}

/**
 * A key file that is damaged, of another kind, or open to other users. Fault: the caller; the
 * message says what to do.
 */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError'
  readonly path: string

  constructor (path: string, what: string, options?: ErrorOptions) {
    super(`the key file ${path} ${what}`, options)
    this.path = path
  }
}

/** A string that is no CID, or one of a kind we do not use. Fault: the caller or the peer. */
export class InvalidCidError extends Error {
  override readonly name = 'InvalidCidError'
}

/** The bytes received for `cid` do not hash to it. Fault: the peer. */
export class BlockMismatchError extends Error {
  override readonly name = 'BlockMismatchError'
  readonly cid: CID

  constructor (cid: CID, options?: ErrorOptions) {
    super(`received bytes that do not hash to ${cid}`, options)
    this.cid = cid
  }
}

/** More bytes than were asked for, or than any block may have. Fault: the peer. */
export class BlockTooLargeError extends Error {
  override readonly name = 'BlockTooLargeError'
}

/** A content root that does not decode to the shape agreed on. Fault: the publisher or the peer. */
export class InvalidRootError extends Error {
  override readonly name = 'InvalidRootError'
}

/** A content root whose signature is not its publisher's. Fault: whoever made the root. */
export class InvalidSignatureError extends Error {
  override readonly name = 'InvalidSignatureError'
}

/** A content root signed by another publisher than the one asked for. Fault: whoever named it. */
export class WrongPublisherError extends Error {
  override readonly name = 'WrongPublisherError'
}

/** An index page that does not decode or disagrees with its root. Fault: publisher or peer. */
export class InvalidPageError extends Error {
  override readonly name = 'InvalidPageError'
}

/** A rendition or segment that the manifest does not have. Fault: the caller. */
export class NotInManifestError extends Error {
  override readonly name = 'NotInManifestError'
}

/** Nobody asked could give the content, segment or block. Fault: the network, for now. */
export class ContentNotFoundError extends Error {
  override readonly name = 'ContentNotFoundError'
}

/** A node that is not known here, or to which no way is known. Fault: the caller. */
export class PeerNotFoundError extends Error {
  override readonly name = 'PeerNotFoundError'
}

/** A deadline passed before an answer came. Fault: the network. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
}

/** Bytes that are not a frame or message of the protocol. Fault: the peer. */
export class InvalidMessageError extends Error {
  override readonly name = 'InvalidMessageError'
}

/** The other end belongs to another network. Fault: nobody; the connection is of no use. */
export class WrongNetworkError extends Error {
  override readonly name = 'WrongNetworkError'
}

/** A peer has no room now; ask again after `retryAfterMs`, or ask `providers`. Fault: nobody. */
export class PeerBusyError extends Error {
  override readonly name = 'PeerBusyError'
  readonly retryAfterMs: number
  readonly providers: string[]

  constructor (retryAfterMs: number, providers: string[] = [], options?: ErrorOptions) {
    super(`the peer is busy for ${retryAfterMs} ms`, options)
    this.retryAfterMs = retryAfterMs
    this.providers = providers
  }
}

/**
 * A way to a holder is of no use now: `hop`, a peer ID of the route, could not be reached or does
 * not relay; worth another try after `retryAfterMs`, 0 for unknown. Fault: the network.
 */
export class PeerUnreachableError extends Error {
  override readonly name = 'PeerUnreachableError'
  readonly hop: string
  readonly retryAfterMs: number

  constructor (hop: string, retryAfterMs = 0, options?: ErrorOptions) {
    super(`the way leads no further than ${hop}`, options)
    this.hop = hop
    this.retryAfterMs = retryAfterMs
  }
}

/** A peer we refuse to talk to for what it did before. Fault: the peer. */
export class PeerBannedError extends Error {
  override readonly name = 'PeerBannedError'
}

/** We have as many neighbours as we take. Fault: us. */
export class NeighbourLimitError extends Error {
  override readonly name = 'NeighbourLimitError'
}

/** The exchange stream to a peer is gone. Fault: the network. */
export class PeerGoneError extends Error {
  override readonly name = 'PeerGoneError'
}

/** Why a signed record or statement was refused. */
export type RefusalReason =
  'signature' | 'signer' | 'network' | 'sequence' | 'clock' | 'address' | 'endorsement' |
  'too-large' | 'too-many'

/** A signed record or statement refused, and nothing changed by it. Fault: the peer. */
export class RecordRefusedError extends Error {
  override readonly name = 'RecordRefusedError'
  readonly reason: RefusalReason

  constructor (reason: RefusalReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** Too many requests or records from one peer. Fault: the peer. */
export class RateLimitedError extends Error {
  override readonly name = 'RateLimitedError'
}

/** The tracker's memory is full: it takes nobody new until others have gone. Fault: nobody. */
export class TrackerFullError extends Error {
  override readonly name = 'TrackerFullError'
}

/** The tracker cannot reach its store; ask again in a moment. Fault: whoever runs it. */
export class TrackerUnavailableError extends Error {
  override readonly name = 'TrackerUnavailableError'
}

/** The node was set up to do without routing. Fault: the caller. */
export class RoutingOffError extends Error {
  override readonly name = 'RoutingOffError'
}

/** Another process has this store open. Fault: the caller. */
export class StoreLockedError extends Error {
  override readonly name = 'StoreLockedError'
}

/** The disk is full, or fuller than the share we leave free. Fault: us. */
export class DiskFullError extends Error {
  override readonly name = 'DiskFullError'
}

/** The quota is taken up by pinned content. Fault: us. */
export class QuotaExceededError extends Error {
  override readonly name = 'QuotaExceededError'
}

/** No ffmpeg that runs was found. Fault: the caller; the message says what to install. */
export class FfmpegNotFoundError extends Error {
  override readonly name = 'FfmpegNotFoundError'
}

/** The input is no audio or video that ffmpeg reads, is empty or cut short. Fault: the caller. */
export class InvalidMediaError extends Error {
  override readonly name = 'InvalidMediaError'
}

/** A control call without the token, or from a page that may not make it. Fault: the caller. */
export class UnauthorizedError extends Error {
  override readonly name = 'UnauthorizedError'
}

/**
 * A call from a web page, or to a host name that is not this node's: it may not be made at all.
 * Fault: the caller.
 */
export class ForbiddenError extends Error {
  override readonly name = 'ForbiddenError'
}

/** A request body longer than the call takes. Fault: the caller. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError'
}

/** The bytes asked for lie past the end of the file. Fault: the caller. */
export class RangeNotSatisfiableError extends Error {
  override readonly name = 'RangeNotSatisfiableError'
  readonly size: number

  constructor (size: number, options?: ErrorOptions) {
    super(`the range asked for lies outside the file of ${size} bytes`, options)
    this.size = size
  }
}

/** Another program listens where we should. Fault: the caller; the message names the setting. */
export class AddressInUseError extends Error {
  override readonly name = 'AddressInUseError'
}

/** No room to answer now; worth another try in a moment. Fault: us. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError'
}

/** The upstream edge or origin answered with an error or not at all. Fault: the network. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError'
}

/** A server answered a page that asked for a file, but not with it. Fault: the server or URL. */
export class FileAnswerError extends Error {
  override readonly name = 'FileAnswerError'
  /** Of the HTTP answer. */
  readonly status: number

  constructor (url: string, status: number) {
    super(`${url.slice(0, 200)} answered ${status}`)
    this.status = status
  }
}

/** No daemon answers where one should. Fault: the caller; the message says how to start one. */
export class NoDaemonError extends Error {
  override readonly name = 'NoDaemonError'
}

/** A daemon refused a call. `name` is the failure's own, as it was told. Fault: as that name's. */
export class DaemonAnswerError extends Error {
  override readonly name: string
  /** Of the HTTP answer. */
  readonly status: number

  constructor (name: string, message: string, status: number, options?: ErrorOptions) {
    super(message, options)
    this.name = name
    this.status = status
  }
}
