/**
 * Every bound on what comes from outside, in one place. A length from the wire meets its limit here
 * before memory is allocated for it.
 */

/** A block of our own ingest, by default. Higher: fewer requests; lower: finer swarming. */
export const DEFAULT_BLOCK_BYTES = 256 * 1024

/** The largest block any node accepts. */
export const MAX_BLOCK_BYTES = 1024 * 1024

/** An encoded index page. */
export const MAX_PAGE_BYTES = 64 * 1024

/** Segments in one index page. */
export const MAX_PAGE_SEGMENTS = 1000

/** Blocks of an index page's segments: more references than these do not fit its bytes. */
export const MAX_PAGE_BLOCKS = 1280

/** Segments in a rendition's first page: few, so that playback can start after one small block. */
export const FIRST_PAGE_SEGMENTS = 16

/** Blocks of a first segment that is named in the root too: more would make it slow to get. */
export const MAX_START_BLOCKS = 16

/** An encoded content root. */
export const MAX_ROOT_BYTES = 256 * 1024

/** Renditions under one content root. */
export const MAX_RENDITIONS = 32

/** Index pages of one rendition: 4,096 pages of 1,000 ten-second segments are 474 days. */
export const MAX_RENDITION_PAGES = 4096

/** One segment, which bounds the buffer in which a segment is put together. */
export const MAX_SEGMENT_BYTES = 64 * 1024 * 1024

/** Blocks of one segment: as many as IPFS links in one dag-pb node, and few enough for a page. */
export const MAX_SEGMENT_BLOCKS = 1024

/** Media in one segment; keeps a title's microseconds countable in a double. */
export const MAX_SEGMENT_DURATION_MS = 600_000

/** A title's name, in UTF-16 code units. */
export const MAX_TITLE_LENGTH = 512

/** The header of an exchange frame (the protobuf, without the block's bytes behind it). */
export const MAX_FRAME_HEADER_BYTES = 64 * 1024

/** Block bytes in one DATA frame. */
export const MAX_DATA_BYTES = 64 * 1024

/** Bytes given to the transport and not yet drained: more makes CANCEL and priorities a fiction. */
export const MAX_UNDRAINED_BYTES = 128 * 1024

/** HELLO must arrive within this time of the stream's opening. */
export const HELLO_TIMEOUT_MS = 5_000

/** Control frames waiting for a peer that does not read; past it the stream is reset. */
export const MAX_WRITE_BACKLOG_BYTES = 512 * 1024

/** A bitfield in one HAVE; the blocks of a longer rendition are told in several. */
export const MAX_BITFIELD_BYTES = 32 * 1024

/** Block numbers in one HAVE's delta. */
export const MAX_DELTA_BLOCKS = 1024

/** What we remember of a neighbour's holdings, all channels together; the rest is not kept. */
export const MAX_HOLDINGS_BYTES = 1024 * 1024

/** Features named in one HELLO, and the length of a feature's name. */
export const MAX_FEATURES = 32
export const MAX_FEATURE_LENGTH = 64

/** The name of a rendition on the wire. */
export const MAX_RENDITION_NAME_BYTES = 64

/** A CID in its binary form: ours have 36 bytes. */
export const MAX_CID_BYTES = 64

/** A ticket in an INTEREST; the peers a WANT has to pass, its holder included. */
export const MAX_TICKET_BYTES = 4096
export const MAX_ROUTE_HOPS = 4

/** The text of a peer ID. */
export const MAX_PEER_ID_LENGTH = 128

/** Neighbours on exchange streams, unless set otherwise. */
export const DEFAULT_MAX_NEIGHBOURS = 128

/** Bans remembered; the one that ends first makes room. */
export const MAX_BANS = 1024

/** Channels (content roots of interest) one peer may open on one exchange stream. */
export const MAX_CHANNELS = 256

/** WANTs one peer may have queued or in service at our end. */
export const MAX_QUEUED_WANTS = 256

/** Our own WANTs in flight to one peer. */
export const MAX_INFLIGHT_WANTS = 64

/** Providers named in one BUSY answer or one tracker answer. */
export const MAX_PROVIDERS = 64

/** Multiaddrs kept of one peer. */
export const MAX_ADDRESSES = 16

/** A multiaddr in its binary form, and as text. */
export const MAX_ADDRESS_BYTES = 512
export const MAX_ADDRESS_LENGTH = 512

/** A network or region name, an HTTP URL, an alias. */
export const MAX_NETWORK_LENGTH = 64
export const MAX_REGION_LENGTH = 64
export const MAX_URL_LENGTH = 512
export const MAX_ALIAS_LENGTH = 128

/** A signed tracker envelope, and any tracker request or answer. */
export const MAX_ENVELOPE_BYTES = 64 * 1024
export const MAX_TRACKER_MESSAGE_BYTES = 256 * 1024

/** Titles in one announce; a node with more sends several. */
export const MAX_ANNOUNCED_TITLES = 256

/** Peers behind NAT that are reached through one relay. */
export const MAX_RELAY_RESERVATIONS = 512

/** One connection through a relay: enough to say HELLO and what is held, and to punch a hole. */
export const MAX_RELAYED_BYTES = 128 * 1024
export const MAX_RELAYED_MS = 120_000

/** Connections through a relay to one peer, and from one. */
export const MAX_RELAYED_STREAMS = 32

/** A node's signed record: it travels in HELLO and is handed out by trackers. */
export const MAX_RECORD_BYTES = 16 * 1024

/** RTTs to edges, origins and neighbours in one record. */
export const MAX_RECORD_RTTS = 32

/** How a node does, in a heartbeat; the titles in it of which it has a part, and their parts. */
export const MAX_REPORT_BYTES = 4 * 1024
export const MAX_REPORT_HOLDS = 8
export const MAX_REPORT_PARTS = 64

/** Segment and block CIDs in one announce; a title with more is announced in several. */
export const MAX_ANNOUNCED_SEGMENTS = 1024

/** How far a statement's time may lie from ours; trackers remember sequence numbers for longer. */
export const MAX_CLOCK_SKEW_MS = 120_000

/** A record older than this is not believed any more, wherever it comes from. */
export const MAX_RECORD_AGE_MS = 3_600_000

/** A tracker's whole answer, connecting included. */
export const TRACKER_TIMEOUT_MS = 5_000

/** The request line and headers of an HTTP request. */
export const MAX_HTTP_HEADER_BYTES = 16 * 1024

/** A JSON body to the control API. */
export const MAX_HTTP_JSON_BYTES = 64 * 1024

/** Media held in memory for players that have not read it yet, all together. */
export const MAX_OUTGOING_BYTES = 256 * 1024 * 1024

/** An answer of a daemon's control API to its own user: a title's thousands of segments fit. */
export const MAX_CONTROL_ANSWER_BYTES = 64 * 1024 * 1024

/** One line of progress. */
export const MAX_CONTROL_LINE_LENGTH = 64 * 1024

/** Links a node tells of, which is also how many neighbours' RTTs it goes by. */
export const MAX_LINKS = 16

/** A link-state record in its envelope: 16 links and long names make 550. */
export const MAX_LINK_STATE_BYTES = 1024

/** A link-state record older than this is not believed any more, wherever it comes from. */
export const MAX_LINK_STATE_AGE_MS = 600_000

/** No node is further out than this, in any direction of the space of RTTs. */
export const MAX_COORDINATE_MS = 10_000
