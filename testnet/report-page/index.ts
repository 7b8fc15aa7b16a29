/**
 * The report of a run, to be looked at.
 * in: its record. out: `report.html`, one page that needs nothing else, and `record.json`.
 */

export type { ReportInit } from './write-report.ts'
export { writeReport } from './write-report.ts'
