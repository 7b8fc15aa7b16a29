/**
 * The page of a report. in: the view that stands in it. out: headings, tables and pictures.
 */

import type { ReportView } from '../view.ts'
import { figuresCard, heading, verdictCard } from './figure-cards.ts'
import { holdingsCard, rolesCard, uploadersCard } from './load-cards.ts'
import { startUpCard } from './start-up-card.ts'
import { sweepCards } from './sweep-card.ts'
import {
  actsCard, bytesCard, offloadCard, populationCard, serversCard, startsCard
} from './time-cards.ts'
import { crossingsCard, graphCard } from './traffic-cards.ts'

const view = JSON.parse(document.getElementById('view')!.textContent!) as ReportView
const { run, beside } = view

document.title = `${run.scenario} · cdnd run`
document.getElementById('report')!.append(...[
  heading(run),
  bytesCard(run),
  verdictCard(run),
  actsCard(run),
  startUpCard(run, beside),
  startsCard(run),
  offloadCard(run, beside),
  serversCard(run),
  ...sweepCards(view),
  populationCard(run),
  rolesCard(run),
  graphCard(run),
  figuresCard(run, beside),
  crossingsCard(run),
  uploadersCard(run),
  holdingsCard(run)
].filter(card => card !== undefined))
