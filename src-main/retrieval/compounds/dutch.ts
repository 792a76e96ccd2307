/** Words that Dutch compounds are often made of. */
export const dutchParts =
  'aandeel aanvraag aanbod aankoop aardappel aarde adres advies afdeling afspraak afval akte ambt antwoord appel arbeid ' +
  'arts avond baan bal band bank basis bed bedrijf beeld beheer belasting belang beleid bericht beroep bestuur bestand ' +
  'betaling beurs bevolking bewijs bezit bier blad bloed bloem boek boer boom boot bord boter bouw brand brief bril brood ' +
  'brug bus burger centrum contract controle cursus dag dak datum deel deur dienst dier ding doel dorp druk eiland einde ' +
  'energie factuur familie feest fiets film fles formulier foto gas gebied gebouw gebruik geld gemeente geneesmiddel ' +
  'gesprek geschiedenis getal gewicht gezondheid gezin glas goed graan groep grond groente haar haven hand handel handeling hart ' +
  'heer hoofd hof hond hotel hout huis huur huishouden hulp huwelijk informatie inkomen instelling inkoop jaar jas jeugd ' +
  'kaart kaas kamer kantoor kast keuken kerk kind kist klant kleding klas kleur klimaat knop koffie koning kop kosten ' +
  'kracht krant kunst kust laag land lamp leer leerling leger leiding lening lengte les leven lezer licht lid lijn lijst ' +
  'loon lucht maand maat maatregel macht makelaar man markt machine materiaal melk mens merk meubel middag middel minister model ' +
  'moeder motor muziek naam nacht natuur net nieuws nummer olie onderwijs onderzoek ongeval oorlog oog opleiding ' +
  'opdracht order organisatie overeenkomst overheid pad papier park partij patiënt pensioen personeel persoon plaats plan ' +
  'plant politie post premie prijs probleem product programma project proces punt raad raam rand recht rechter ' +
  'regel regeling regen reis rekening rente richting rijk risico rivier ruimte school schade schip schoen schrijver ' +
  'schuld seizoen soort spel speler spoor sport staat stad station steen stelsel stem ster stoel stof storm straat strand stroom ' +
  'stuk student studie suiker systeem taal tafel tak tand tarief tas tekst telefoon tijd titel toestel toets toon ' +
  'trein trap tuin uitgave uur vader vak vakantie veld verbruik verdrag vereniging vergadering vergunning verhaal ' +
  'verhuur verkeer verkoop verlof verslag verzekering verzorging vis vlees vlucht voedsel voertuig voet vogel ' +
  'voorraad voorstel voorwaarde vorm vraag vriend vrouw vrucht waarde wagen wand warmte was water weer week weg wereld ' +
  'werk werkgever werknemer wet wetenschap wiel wijn wind winkel winter woning woord zaak zaal zand zee zeep zekerheid ' +
  'ziekenhuis ziekte zilver zin zoon zorg zomer zon zout zuid zuivel'
