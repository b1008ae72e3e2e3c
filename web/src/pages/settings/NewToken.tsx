import { useState } from 'preact/compat'
import { useWrite } from '../../api/query'
import { Button } from '../../kit/Button'
import { Copy } from '../../kit/Copy'
import { Field } from '../../kit/Field'
import { Notice } from '../../kit/Notice'
import { Panel } from '../../kit/Panel'
import { Mistakes } from '../../kit/Mistakes'
import { words } from './words'
import css from './settings.module.css'

const day = 86_400

type Role = 'client' | 'viewer' | 'deployer' | 'admin'

const roles: Record<Role, string> = {
  viewer: 'viewer: look at everything',
  deployer: 'deployer: and deploy, hold, promote, take back',
  admin: 'admin: and everything else',
  client: 'client: evaluate flags, nothing else',
}

/** Makes a token; its secret is shown once, here. */
export function NewToken() {
  const create = useWrite('post', '/tokens')
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('deployer')
  const [days, setDays] = useState('90')
  const [flags, setFlags] = useState('')
  return (
    <Panel title="Make a token">
      <form
        className={css.form}
        onSubmit={(e) => {
          e.preventDefault()
          const body = { name: name.trim(), role, seconds: Number(days) * day, flags: role === 'client' ? words(flags) : undefined }
          create.mutate({ params: {}, body }, { onSuccess: () => setName('') })
        }}
      >
        <div className={css.fields}>
          <Field label="Whose it is" hint="A person or a program: it stands beside everything they do.">
            {(id, described) => (
              <input id={id} aria-describedby={described} value={name} onChange={(e) => setName(e.currentTarget.value)} required maxLength={63} pattern="[a-zA-Z0-9][a-zA-Z0-9._@\-]*" title="Letters, digits and . _ @ -" autoCapitalize="off" spellcheck={false} autoComplete="off" />
            )}
          </Field>
          <Field label="Role">
            {(id) => (
              <select id={id} value={role} onChange={(e) => setRole(e.currentTarget.value as Role)}>
                {Object.entries(roles).map(([of, text]) => (
                  <option key={of} value={of}>
                    {text}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label="It ends">
            {(id) => (
              <select id={id} value={days} onChange={(e) => setDays(e.currentTarget.value)}>
                <option value="1">in a day</option>
                <option value="30">in 30 days</option>
                <option value="90">in 90 days</option>
                <option value="365">in a year</option>
                <option value="0">when it is revoked</option>
              </select>
            )}
          </Field>
          {role === 'client' && (
            <Field label="Flag sets" hint="project/environment, with commas; empty: all">
              {(id, described) => <input id={id} aria-describedby={described} value={flags} onChange={(e) => setFlags(e.currentTarget.value)} autoCapitalize="off" spellcheck={false} />}
            </Field>
          )}
        </div>
        <Mistakes of={create.error} />
        <Button kind="primary" type="submit" busy={create.isPending} disabled={!name.trim()}>
          Make the token
        </Button>
      </form>
      {create.data && (
        <div className={css.secret}>
          <Notice tone="good" title={`The token of ${create.data.name} (${create.data.role})`} text="Hand it over now, by a safe way: only its hash is kept, so it cannot be shown again." action={<Button onClick={() => create.reset()}>Done</Button>} />
          <Copy text={create.data.secret} />
        </div>
      )}
    </Panel>
  )
}
