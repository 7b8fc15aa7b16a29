import { expect } from 'chai'
import { Metrics } from '../../daemon/metrics.ts'

describe('daemon/metrics', () => {
  it('counts what retrieval delivered, by source', async () => {
    const metrics = new Metrics('peer')
    metrics.delivered('peer', 1000)
    metrics.delivered('peer', 500)
    metrics.delivered('edge', 7)
    metrics.mismatch('peer')
    metrics.wasted('peer', 30)
    metrics.fetchSeconds('peer', 0.03)
    const { text, contentType } = await metrics.render()
    expect(contentType).to.contain('text/plain')
    expect(text).to.contain('cdnd_retrieval_bytes_total{source="peer"} 1500')
      .and.to.contain('cdnd_retrieval_blocks_total{source="peer"} 2')
      .and.to.contain('cdnd_retrieval_bytes_total{source="edge"} 7')
      .and.to.contain('cdnd_retrieval_mismatches_total{source="peer"} 1')
      .and.to.contain('cdnd_retrieval_wasted_bytes_total{source="peer"} 30')
      .and.to.contain('cdnd_retrieval_block_seconds_bucket{le="0.05",source="peer"} 1')
      .and.to.contain('cdnd_retrieval_block_seconds_bucket{le="0.02",source="peer"} 0')
  })

  it('counts HTTP answers and their bytes', async () => {
    const metrics = new Metrics('edge')
    const answer = { listener: 'gateway', route: '/blocks/:cid', seconds: 0.1, bytes: 9 } as const
    metrics.answered({ ...answer, status: 200 })
    metrics.answered({ ...answer, status: 404 })
    const { text } = await metrics.render()
    expect(text)
      .to.contain('http_requests_total{listener="gateway",route="/blocks/:cid",status="404"} 1')
      .and.to.contain('cdnd_http_sent_bytes_total{listener="gateway"} 18')
      .and.to.contain('cdnd_http_request_seconds_count{listener="gateway"} 2')
      .and.to.match(/cdnd_build_info\{version="[^"]+",role="edge"\} 1/)
  })

  it('counts how playing goes', async () => {
    const metrics = new Metrics('peer')
    metrics.started(120)
    metrics.stalled(250)
    metrics.given(2_000)
    metrics.answered({
      listener: 'gateway', route: '/segments/*', status: 200, seconds: 0.1, bytes: 9
    })
    expect((await metrics.render()).text)
      .to.contain('cdnd_playback_start_seconds_bucket{le="0.15"} 1')
      .and.to.contain('cdnd_playback_start_seconds_bucket{le="0.1"} 0')
      .and.to.contain('cdnd_playback_stalls_total 1')
      .and.to.contain('cdnd_playback_stalled_seconds_total 0.25')
      .and.to.contain('cdnd_playback_media_seconds_total 2')
      .and.to.contain('cdnd_http_media_bytes_total 9')
  })

  it('looks at the node anew at each scrape', async () => {
    const metrics = new Metrics('peer')
    let neighbours = 1
    metrics.observe(() => ({
      store: { blocks: 2, bytes: 20, diskBytes: 30, quotaBytes: 40 },
      neighbours,
      titles: 3,
      bannedPeers: 0,
      uploadedBytes: 5
    }))
    expect((await metrics.render()).text).to.contain('cdnd_exchange_neighbours 1')
    neighbours = 2
    expect((await metrics.render()).text).to.contain('cdnd_exchange_neighbours 2')
      .and.to.contain('cdnd_store_quota_bytes 40')
  })

  it('says what is passed on for others', async () => {
    const metrics = new Metrics('peer')
    const relayed = { blocks: 2, bytes: 300, refused: 1 }
    metrics.observeRelay(() => relayed)
    relayed.blocks++
    expect((await metrics.render()).text).to.contain('cdnd_relay_wants_total{result="passed"} 3')
      .and.to.contain('cdnd_relay_wants_total{result="refused"} 1')
      .and.to.contain('cdnd_relayed_bytes 300')
  })

  it('says what the software switch does, where there is one', async () => {
    const metrics = new Metrics('edge')
    expect((await metrics.render()).text).not.to.contain('cdnd_switch')
    const served = { room: 5, kept: 1, plain: 2, alone: 3 }
    let full = 4
    metrics.observeSwitch({
      status: () => ({ limit: 20, inFlight: 7, served, refused: { full, common: 0 } })
    })
    await metrics.render()
    full = 9
    expect((await metrics.render()).text).to.contain('cdnd_switch_limit 20')
      .and.to.contain('cdnd_switch_in_flight 7')
      .and.to.contain('cdnd_switch_requests_total{answer="served",reason="room"} 5')
      .and.to.contain('cdnd_switch_requests_total{answer="refused",reason="full"} 9')
  })

  it('keeps the numbers of two nodes in one process apart', async () => {
    const [one, other] = [new Metrics('peer'), new Metrics('peer')]
    one.delivered('local', 1)
    expect((await other.render()).text).not.to.contain('retrieval_bytes_total{source="local"}')
  })
})
