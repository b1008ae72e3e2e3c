import { useDeferredValue, useEffect } from 'preact/compat'
import { useGet } from '../../api/query'
import { Input } from '../../kit/Input'

interface Props {
  value: string // project/key, or what is typed of it
  onChange: (text: string) => void
  onChosen: (flag: string) => void // one that is offered, or what was typed when the field is left
  wrong?: string
}

/** Picks a flag. The server looks for it while one types. */
export function FlagPicker({ value, onChange, onChosen, wrong }: Props) {
  const wanted = useDeferredValue(value.trim())
  const first = useGet('/flags', { limit: 100 })
  const found = useGet('/search', { q: wanted || '-' }, { off: wanted === '', keep: true })
  const offered = [...new Set([...(first.data?.items.map((f) => `${f.project}/${f.key}`) ?? []), ...(found.data?.items.filter((f) => f.kind === 'flag').map((f) => f.id) ?? [])])]
  const known = offered.includes(wanted)
  useEffect(() => {
    if (known) onChosen(wanted)
  }, [known, wanted])
  return (
    <>
      <Input
        label="Flag"
        hint="Its project and key. Type part of it, and choose."
        wrong={wrong}
        value={value}
        onChange={onChange}
        onBlur={() => onChosen(value.trim())}
        list="flags-offered"
        required
        maxLength={264}
        autoCapitalize="off"
        autoComplete="off"
        spellcheck={false}
        placeholder="shop/new-checkout"
      />
      <datalist id="flags-offered">
        {offered.map((id) => (
          <option key={id} value={id} />
        ))}
      </datalist>
    </>
  )
}
