import type { Language } from './stemming.ts'

/** Words that say nothing about a topic: articles, pronouns, prepositions, forms of to be and to have, question words. */
const words: Readonly<Record<Language, string>> = {
  en:
    'a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to ' +
    'was will with what which who whom whose when where why how does do did has have had from its were been can could ' +
    'would should about his her him he she them you your i we our my me us than so also',
  de:
    'der die das den dem des ein eine einer eines einem einen und oder aber nicht kein keine ist sind war waren wird ' +
    'werden wurde wurden hat haben hatte hatten sein seine seiner ihr ihre ihrer er sie es wir ich du uns mich sich in im ' +
    'an am auf aus bei beim mit nach von vom zu zum zur für über unter durch gegen ohne um vor als wie wenn dass was wer ' +
    'wen wem wessen wo wohin woher wann warum wieso welche welcher welches welchen welchem wieviel auch noch nur so dann ' +
    'dort hier dies diese dieser dieses diesem diesen man kann können konnte soll muss',
  fr:
    'le la les un une des du de et ou mais ne pas est sont était étaient sera a ont avait être avoir son sa ses leur leurs ' +
    'il elle ils elles nous vous je tu on se ce cet cette ces dans en au aux sur sous par pour avec sans chez vers que qui ' +
    'quoi dont où quand comment pourquoi combien quel quelle quels quelles plus aussi très comme si y qu d l s n c j m t',
  es:
    'el la los las un una unos unas de del y o pero no es son era eran fue fueron ser ha han había su sus lo le les se me ' +
    'nos yo él ella ellos ellas este esta estos estas ese esa en al a por para con sin sobre entre desde hasta que quien ' +
    'quién qué cuál cuáles cuándo cuando dónde donde cómo como cuánto cuántos más muy también',
  it:
    'il lo la i gli le un uno una di del della dei delle dello e ed o ma non è sono era erano fu essere ha hanno aveva suo ' +
    'sua suoi sue loro si mi ci io lui lei noi questo questa questi queste in nel nella nei nelle al alla ai alle da dal ' +
    'dalla su sul sulla per con senza tra fra che chi cosa quale quali quando dove come perché quanto quanti più anche',
  pt:
    'o a os as um uma uns umas de do da dos das e ou mas não é são era eram foi foram ser tem têm tinha seu sua seus suas ' +
    'se me nos eu ele ela eles elas este esta estes estas esse essa em no na nos nas ao à aos às por pelo pela para com ' +
    'sem sobre entre até que quem qual quais quando onde como porque quanto quantos mais muito também',
  nl:
    'de het een en of maar niet geen is zijn was waren wordt worden werd werden heeft hebben had hadden hij zij ze wij we ' +
    'ik je u mijn haar hun ons dit dat deze die in op aan uit bij met naar van voor over onder door tegen zonder om als ' +
    'dan wat wie waar wanneer waarom hoe welke welk ook nog er kan kunnen zal',
  ru:
    'и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по только ее мне было вот от меня еще нет ' +
    'о из ему когда даже ну ли если или ни быть был него до вас они тут где есть для мы их чем была были это этот эта эти ' +
    'кто какой какая какие каком сколько почему куда откуда который которая которые при',
  sv:
    'och att det i en på är som för av den med till inte om ett han hon men jag var de så vi kan har sig sin från eller när ' +
    'ska hade vad hur vem vilka vilken vilket varför också efter över där här detta denna dessa blev blir utan mellan under ' +
    'vid nu då mycket mer mest bara ut upp in',
  da:
    'og at det i en på er som for af den med til ikke om et han hun men jeg var de så vi kan har sig sin fra eller når skal ' +
    'havde hvad hvordan hvem hvilke hvilken hvilket hvorfor hvor også efter over der her dette denne disse blev bliver uden ' +
    'mellem under ved nu da meget mere mest kun ud op ind være været blive',
  no:
    'og at det i en på er som for av den med til ikke om et han hun men jeg var de så vi kan har seg sin fra eller når skal ' +
    'hadde hva hvordan hvem hvilke hvilken hvilket hvorfor hvor også etter over der her dette denne disse ble blir uten ' +
    'mellom under ved nå da mye mer mest bare ut opp inn være vært bli ei',
  fi:
    'ja on ei että se oli hän ne joka mutta ovat kun niin kuin myös tai jos sen ole tämä mitä mikä missä milloin miten miksi ' +
    'kuka mistä mihin jotka jossa josta hänen sitä olla olivat vain siitä nyt vielä kanssa mukaan jälkeen ennen sekä eli ' +
    'minä sinä me te he tämän tässä siinä ollut voi',
  hu:
    'a az és hogy nem is egy ez volt meg van de ha mint már csak vagy el ki mi kell még lesz voltak vannak aki ami amely ' +
    'amelyek mely ezt azt ezek azok mit mikor hol hogyan miért milyen melyik hány után előtt között alatt szerint által ' +
    'minden több nagyon sem ő én te ők',
  ro:
    'și şi în de la cu pe un o nu este sunt care din ce mai au fost pentru prin a al ale ai sau dar că se lui ei lor său sa ' +
    'sale către după fără între până când unde cum cine câți cât acest această acești aceste ca dacă era erau este va vor ' +
    'avea are am ai foarte',
  tr:
    've bir bu da de için ile çok ne gibi daha olarak en var ama o mi mı mu mü değil kadar sonra olan her ya veya ise bunu ' +
    'şu ben sen biz siz onlar kim nerede nasıl neden niçin hangi kaç olduğu oldu olduğunu vardır tarafından göre ki hem ' +
    'üzerinde arasında önce ancak',
}

const stopWords = new Map(
  Object.entries(words).map(([language, list]) => [language as Language, new Set(list.split(' '))]),
)
/** The languages that have a function word. */
const spokenIn = new Map<string, Language[]>()
for (const [language, list] of stopWords) {
  for (const word of list) spokenIn.set(word, [...(spokenIn.get(word) ?? []), language])
}

/** Characters of a text by which its language is told. */
const sampleLength = 1200
/** Function words that a text must have at least, and how many for each word of it. */
const minFound = 2
const minShare = 0.12

/** Whether a word of that language says nothing about a topic. */
export function isStopWord(word: string, language: Language): boolean {
  return stopWords.get(language)?.has(word.toLowerCase()) ?? false
}

/** Counts the function words of each language. A language whose words are no more than another's is not told apart. */
function tell(text: string, least: (words: number) => number): Language | null {
  const found =
    text
      .slice(0, sampleLength)
      .normalize('NFC')
      .toLowerCase()
      .match(/\p{L}+/gu) ?? []
  const counts = new Map<Language, number>()
  for (const word of found) {
    for (const language of spokenIn.get(word) ?? []) counts.set(language, (counts.get(language) ?? 0) + 1)
  }
  const [[best, most] = [null, 0], [, next] = [null, 0]] = [...counts].sort(([, a], [, b]) => b - a)
  return most > next && most >= least(found.length) ? best : null
}

/** The language of a passage by its function words; English where they do not tell (tables, lists, code, other languages). */
export function passageLanguage(text: string): Language {
  return tell(text, (count) => Math.max(minFound, minShare * count)) ?? 'en'
}

/** The language of a query, which may be a few words; null where nothing tells. */
export function queryLanguage(text: string): Language | null {
  return tell(text, () => 1)
}
