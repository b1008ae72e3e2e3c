import { useState } from 'preact/compat'
import { useWrite } from '../../api/query'
import { Button } from '../../kit/Button'
import { Field } from '../../kit/Field'
import { Input } from '../../kit/Input'
import { Mistakes } from '../../kit/Mistakes'
import { Notice } from '../../kit/Notice'
import { Panel } from '../../kit/Panel'
import { Builder } from './Builder'
import type { Document } from './draft'
import type { FlagDetail } from './FlagPage'
import css from './flags.module.css'

const text = (doc: unknown) => JSON.stringify(doc, null, 2)

/** Edits a flag: rules to click together, and the same as text beside them. */
export function Editor({ flag, onClose }: { flag: FlagDetail; onClose: () => void }) {
  const [version] = useState(flag.version) // what is edited; a change by somebody else meanwhile is a conflict
  const [json, setJson] = useState(() => text(flag.document))
  const [reason, setReason] = useState('')
  const edit = useWrite('put', '/flags/{project}/{flag}')
  const { doc, wrong } = parsed(json)
  const send = () => edit.mutate({ params: { project: flag.project, flag: flag.key }, body: { document: json, version, reason: reason.trim() || undefined } }, { onSuccess: (done) => !done.proposal && onClose() })
  return (
    <Panel title={`Edit version ${version}`}>
      <form
        className={css.form}
        onSubmit={(e) => {
          e.preventDefault()
          send()
        }}
      >
        {flag.version !== version && <Notice tone="wait" title={`Somebody made version ${flag.version} meanwhile`} text="What you have typed is still here, and cannot be saved over it. Copy what you need, cancel, and edit again." />}
        <div className={css.beside}>
          <div>{doc ? <Builder doc={doc} variants={flag.variants} onChange={(next) => setJson(text(next))} /> : <Notice tone="bad" title="The text is not JSON" text={`${wrong} Mend it, and the rules come back here.`} />}</div>
          <Field label="The same as text" hint="The words are those of davit.flags.yaml, as JSON.">
            {(id, described) => <textarea id={id} aria-describedby={described} className={css.code} value={json} onChange={(e) => setJson(e.currentTarget.value)} rows={24} spellcheck={false} />}
          </Field>
        </div>
        <Input label="Why (may be empty)" value={reason} onChange={setReason} maxLength={500} />
        <Mistakes of={edit.error} />
        {edit.data?.proposal && <Notice tone="wait" title={edit.data.text} />}
        <div className={css.buttons}>
          <Button kind="primary" type="submit" busy={edit.isPending} disabled={!doc || flag.version !== version}>
            Save: it holds at once
          </Button>
          <Button onClick={onClose}>{edit.data ? 'Close' : 'Cancel'}</Button>
        </div>
      </form>
    </Panel>
  )
}

function parsed(json: string): { doc?: Document; wrong?: string } {
  try {
    const doc: unknown = JSON.parse(json)
    if (typeof doc === 'object' && doc !== null && !Array.isArray(doc)) return { doc: doc as Document }
    return { wrong: 'It must be a map: {…}.' }
  } catch (error) {
    return { wrong: `${(error as Error).message}.` }
  }
}
