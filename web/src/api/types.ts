import type { components } from './schema'

type Schemas = components['schemas']

export type Commit = Schemas['Commit']
export type CreateExperiment = Schemas['CreateExperiment']
export type Deployment = Schemas['Deployment']
export type Environment = Schemas['Environment']
export type Event = Schemas['Event']
export type Finding = Schemas['Finding']
export type Instance = Schemas['Instance']
export type Metric = Schemas['Metric']
export type Release = Schemas['Release']
export type Rollout = Schemas['Rollout']
export type Run = Schemas['Run']
export type Series = Schemas['Series']
export type Service = Schemas['Service']
export type Stage = Schemas['Stage']
export type Step = Schemas['Step']
export type Waiting = Schemas['Waiting']

/** One line of a log. It comes by a stream, which the OpenAPI document does not describe. */
export interface LogLine {
  at?: string
  source: string
  release?: string
  attempt?: number
  stream?: string
  text: string
  seq?: number
}
