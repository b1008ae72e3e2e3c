import { useState } from 'preact/compat'
import { useLocation } from 'wouter-preact'
import { useWrite } from '../../api/query'
import { Button } from '../../kit/Button'
import { Choice } from '../../kit/Choice'
import { Fields } from '../../kit/Fields'
import { Form } from '../../kit/Form'
import { Input } from '../../kit/Input'
import { Mistakes } from '../../kit/Mistakes'
import { Page } from '../../kit/Page'
import { PageHead } from '../../kit/PageHead'
import { Panel } from '../../kit/Panel'
import { flagAddress } from './address'

const kinds = {
  release: 'release: a feature on its way to everybody',
  experiment: 'experiment: which of two is better',
  operational: 'operational: for a few days',
  'kill-switch': 'kill switch: stays, to take something away',
  permission: 'permission: stays, for some',
}

/** Makes a flag that is off everywhere; its rules come after. */
export default function NewFlagPage() {
  const create = useWrite('post', '/flags')
  const [, go] = useLocation()
  const [project, setProject] = useState('default')
  const [key, setKey] = useState('')
  const [kind, setKind] = useState('release')
  const [owner, setOwner] = useState('')
  const [purpose, setPurpose] = useState('')
  const [environments, setEnvironments] = useState('staging, production')
  const send = () => {
    const names = environments.split(/[\s,]+/).filter(Boolean)
    const document = JSON.stringify({ kind, owner: owner.trim(), purpose: purpose.trim(), environments: Object.fromEntries(names.map((n) => [n, { on: false }])) })
    create.mutate({ params: {}, body: { project: project.trim(), key: key.trim(), document } }, { onSuccess: () => go(flagAddress(project.trim(), key.trim())) })
  }
  return (
    <Page>
      <PageHead title="Make a flag" crumbs={[{ text: 'Flags', to: '/flags' }]} sub="It is off everywhere at first, so nothing changes for anybody." />
      <Panel title="What it is">
        <Form onSend={send}>
          <Fields>
            <Input label="Key" hint="As programs ask for it" value={key} onChange={setKey} required maxLength={200} autoCapitalize="off" spellcheck={false} />
            <Input label="Project" value={project} onChange={setProject} required maxLength={63} autoCapitalize="off" spellcheck={false} />
            <Choice label="Kind" hint="It decides how long the flag should live." value={kind} onChange={setKind} of={Object.entries(kinds).map(([of, text]) => ({ of, text }))} />
            <Input label="Owner" hint="A person or a team" value={owner} onChange={setOwner} required />
            <Input label="Environments" hint="With commas" value={environments} onChange={setEnvironments} autoCapitalize="off" spellcheck={false} />
          </Fields>
          <Input label="What it is for" hint="One sentence" value={purpose} onChange={setPurpose} required />
          <Mistakes of={create.error} />
          <Button kind="primary" type="submit" busy={create.isPending}>
            Make it
          </Button>
        </Form>
      </Panel>
    </Page>
  )
}
