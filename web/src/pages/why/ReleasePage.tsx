import WhyPage from './WhyPage'

/** Everything known of one release: why it is here, who and what let it through, where it runs. */
export default function ReleasePage({ release = '' }: { release?: string }) {
  return <WhyPage subject={release} />
}
