import type { Answer } from '../../api/client'
import type { Problem } from '../../api/problem'
import { Anchor } from '../../kit/Anchor'
import { Choice } from '../../kit/Choice'
import { Fields } from '../../kit/Fields'
import { Notice } from '../../kit/Notice'
import { flagAddress } from '../flags/address'
import type { Draft } from './draft'
import { FlagPicker } from './FlagPicker'

interface Props {
  draft: Draft
  flag?: Answer<'/flags/{project}/{flag}'> // once it is chosen
  environment: string
  unknown?: string // why the flag cannot be had
  problem: Problem | null
  onChange: (part: Partial<Draft>) => void
  onChosen: (flag: string) => void
}

/** Which variants are compared: those that a flag gives to its users in an environment. */
export function Compared({ draft, flag, environment, unknown, problem, onChange, onChosen }: Props) {
  const now = flag?.environments.find((e) => e.name === environment)
  return (
    <>
      <Fields>
        <FlagPicker value={draft.flag} onChange={(text) => onChange({ flag: text })} onChosen={onChosen} wrong={unknown ?? problem?.wrongWith('flag')} />
        <Choice
          label="Environment"
          value={environment}
          disabled={!flag}
          onChange={(v) => onChange({ environment: v })}
          of={flag ? flag.environments.map((e) => ({ of: e.name, text: e.name })) : [{ of: '', text: 'first choose a flag' }]}
          wrong={problem?.wrongWith('environment')}
        />
        <Choice
          label="Control"
          hint="What the others are compared with: as it was before."
          value={draft.control}
          disabled={!flag}
          onChange={(v) => onChange({ control: v })}
          of={[{ of: '', text: 'what users get when the flag is off' }, ...(flag?.variants.map((v) => ({ of: v, text: v })) ?? [])]}
          wrong={problem?.wrongWith('control')}
        />
      </Fields>
      {flag && now && (
        <Notice
          tone="info"
          title={
            <>
              In {now.name} now: <bdi>{now.does}</bdi>
            </>
          }
          text={
            <>
              The experiment compares those whom this split gives their variant. Who gets how much is changed on the page of <Anchor to={flagAddress(flag.project, flag.key)}>{flag.key}</Anchor>.
            </>
          }
        />
      )}
      {flag && flag.environments.length === 0 && <Notice tone="wait" title="The flag names no environment yet" text="It is off everywhere: turn it on first, on its page." />}
    </>
  )
}
