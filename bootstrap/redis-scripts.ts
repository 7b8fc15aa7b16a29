/**
 * What a tracker's replicas do in Redis, each change one script and so one atomic step.
 * in: the prefix of the network's keys, and arguments. out: Lua source, for {@link RedisLink}.
 *
 * Keys, behind the prefix `{cdnd:NETWORK}:` (in braces, so that a cluster keeps them together):
 *
 *   n:PEER         hash   e envelope, q number of the statement it came in, s when seen,
 *                         r report
 *   q:PEER         string highest sequence number used; outlives the node
 *   h:PEER         set    titles it holds
 *   p:CID, s:CID   hash   peers, servers that hold the title → renditions
 *   t:PEER:CID     set    segments it told of the title
 *   alive, web     zset   nodes, and those that serve HTTP, by when they were seen
 *   c              set    titles somebody holds
 *   g              hash   segment → title
 *
 * Each expires by itself, so that nothing stays when no tracker is left to reap: nodes after the
 * TTL, what they hold after TITLE_MS, renewed before half of it is over.
 */

/** A title's keys live so long without a sign of one of its holders. */
const TITLE_MS = 3_600_000
/** Collections of the whole network live so long without a tracker. */
const NETWORK_MS = 86_400_000

const PRELUDE = `
local P = KEYS[1]
local call = redis.call
local function release (peer, cid)
  call('HDEL', P..'p:'..cid, peer)
  call('HDEL', P..'s:'..cid, peer)
  call('SREM', P..'h:'..peer, cid)
  local told = P..'t:'..peer..':'..cid
  for _, segment in ipairs(call('SMEMBERS', told)) do call('HDEL', P..'g', segment) end
  call('DEL', told)
  if call('EXISTS', P..'p:'..cid, P..'s:'..cid) == 0 then call('SREM', P..'c', cid) end
end
local function drop (peer)
  for _, cid in ipairs(call('SMEMBERS', P..'h:'..peer)) do release(peer, cid) end
  call('ZREM', P..'alive', peer)
  call('ZREM', P..'web', peer)
  return call('DEL', P..'n:'..peer)
end
local function replayed (peer, seq)
  local last = call('GET', P..'q:'..peer)
  return last and tonumber(seq) <= tonumber(last) and { 'sequence', last }
end
`

/**
 * peer, seq, now, envelope, isServer, servesHttp, ttl, seqTtl, maxNodes, maxTitles, maxProviders,
 * maxSegments, report or nothing, then each title: cid, renditions, count of segments, segments.
 */
const REGISTER = `
local peer, seq, now, envelope = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local mine, other = 'p:', 's:'
if ARGV[5] == '1' then mine, other = other, mine end
local node, held = P..'n:'..peer, P..'h:'..peer
local refused = replayed(peer, seq)
if refused then return refused end
local known = call('EXISTS', node)
if known == 0 and call('ZCARD', P..'alive') >= tonumber(ARGV[9]) then return { 'full' } end

local titles, fresh = {}, 0
local at = 14
while at <= #ARGV do
  titles[#titles + 1] = at
  if known == 0 or call('SISMEMBER', held, ARGV[at]) == 0 then fresh = fresh + 1 end
  at = at + 3 + tonumber(ARGV[at + 2])
end
if fresh > 0 and fresh + known * call('SCARD', held) > tonumber(ARGV[10]) then
  return { 'too-many' }
end

-- A full Redis lets no script begin with a write that takes memory: what is new is refused.
if known == 1 and fresh == 0 then call('PEXPIRE', node, ARGV[7]) end
call('SET', P..'q:'..peer, seq, 'PX', ARGV[8])
if known == 0 then drop(peer) end
call('HSET', node, 'e', envelope, 'q', seq, 's', now)
if ARGV[13] ~= '' then call('HSET', node, 'r', ARGV[13]) end
call('PEXPIRE', node, ARGV[7])
call('ZADD', P..'alive', now, peer)
if ARGV[6] == '1' then call('ZADD', P..'web', now, peer) else call('ZREM', P..'web', peer) end

local function hold (at)
  local cid = ARGV[at]
  local holders = P..mine..cid
  if call('HEXISTS', holders, peer) == 0 then
    local count = call('HLEN', P..'p:'..cid) + call('HLEN', P..'s:'..cid)
    if count >= tonumber(ARGV[11]) then
      local unlucky = call('HRANDFIELD', P..'p:'..cid)
      if not unlucky then return end
      release(unlucky, cid)
    end
    call('HDEL', P..other..cid, peer)
    call('SADD', held, cid)
    call('SADD', P..'c', cid)
  end
  call('HSET', holders, peer, ARGV[at + 1])
  call('PEXPIRE', holders, ${TITLE_MS})
  local told, count = P..'t:'..peer..':'..cid, tonumber(ARGV[at + 2])
  for i = at + 3, at + 2 + count do
    if call('HLEN', P..'g') < tonumber(ARGV[12]) and call('HSETNX', P..'g', ARGV[i], cid) == 1 then
      call('SADD', told, ARGV[i])
    end
  end
  if count > 0 then call('PEXPIRE', told, ${TITLE_MS}) end
end
for _, at in ipairs(titles) do hold(at) end

local leftMs = call('PTTL', held)
if leftMs > -2 and leftMs < ${TITLE_MS / 2} then
  for _, cid in ipairs(call('SMEMBERS', held)) do
    call('PEXPIRE', P..mine..cid, ${TITLE_MS})
    call('PEXPIRE', P..'t:'..peer..':'..cid, ${TITLE_MS})
  end
  call('PEXPIRE', held, ${TITLE_MS})
end
return { 'ok', known }
`

/** peer, seq, seqTtl, then cids. */
const WITHDRAW = `
local peer, seq = ARGV[1], ARGV[2]
local refused = replayed(peer, seq)
if refused then return refused end
for i = 4, #ARGV do release(peer, ARGV[i]) end
call('SET', P..'q:'..peer, seq, 'PX', ARGV[3])
return { 'ok', call('EXISTS', P..'n:'..peer) }
`

/** peer, seq, seqTtl. */
const LEAVE = `
local refused = replayed(ARGV[1], ARGV[2])
if refused then return refused end
local known = drop(ARGV[1])
call('SET', P..'q:'..ARGV[1], ARGV[2], 'PX', ARGV[3])
return { 'ok', known }
`

/** peer. */
const FORGET = `
return { 'ok', drop(ARGV[1]) }
`

/** cid, since, limit of peers. Answers peer, number of its record, renditions, and so on. */
const PROVIDERS = `
local out, since = {}, tonumber(ARGV[2])
local function take (key)
  local found
  if call('HLEN', key) > tonumber(ARGV[3]) then
    found = call('HRANDFIELD', key, ARGV[3], 'WITHVALUES')
  else
    found = call('HGETALL', key)
  end
  for i = 1, #found, 2 do
    local node = call('HMGET', P..'n:'..found[i], 's', 'q')
    if node[1] and tonumber(node[1]) >= since then
      out[#out + 1], out[#out + 2], out[#out + 3] = found[i], node[2], found[i + 1]
    end
  end
end
take(P..'p:'..ARGV[1])
take(P..'s:'..ARGV[1])
return out
`

/** collection, since, limit. Answers peer, number of its record, count of titles, and so on. */
const NODES = `
local out = {}
local peers = call('ZREVRANGEBYSCORE', P..ARGV[1], '+inf', ARGV[2], 'LIMIT', 0, ARGV[3])
for _, peer in ipairs(peers) do
  local seq = call('HGET', P..'n:'..peer, 'q')
  if seq then
    out[#out + 1], out[#out + 2], out[#out + 3] = peer, seq, call('SCARD', P..'h:'..peer)
  end
end
return out
`

/** peers. Answers for each the number of its record, or nothing. */
const NAMED = `
local out = {}
for i, peer in ipairs(ARGV) do out[i] = call('HGET', P..'n:'..peer, 'q') end
return out
`

/** since, limit. */
const EXPIRE = `
for _, key in ipairs({ 'alive', 'web', 'c', 'g' }) do call('PEXPIRE', P..key, ${NETWORK_MS}) end
local silent = call('ZRANGEBYSCORE', P..'alive', '-inf', '('..ARGV[1], 'LIMIT', 0, ARGV[2])
for _, peer in ipairs(silent) do drop(peer) end
return #silent
`

const SIZE = `
return { call('ZCARD', P..'alive'), call('SCARD', P..'c'), call('HLEN', P..'g') }
`

export const REDIS_SCRIPTS = {
  register: PRELUDE + REGISTER,
  withdraw: PRELUDE + WITHDRAW,
  leave: PRELUDE + LEAVE,
  forget: PRELUDE + FORGET,
  providers: PRELUDE + PROVIDERS,
  nodes: PRELUDE + NODES,
  named: PRELUDE + NAMED,
  expire: PRELUDE + EXPIRE,
  size: PRELUDE + SIZE
}

export type RedisScript = keyof typeof REDIS_SCRIPTS
