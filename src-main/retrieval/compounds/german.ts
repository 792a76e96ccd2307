/** Words that German compounds are often made of: nouns, and stems of verbs and adjectives that stand before nouns. */
export const germanParts =
  // office, law and money
  'abgabe abkommen ablauf abnahme abrechnung abschluss absender abteilung adresse akte aktie amt änderung anfrage ' +
  'angebot angestellter anlage anlass anmeldung annahme anspruch anstalt anteil antrag anwalt anweisung anzeige arbeit ' +
  'arbeiter arbeitgeber arbeitnehmer archiv artikel aufgabe auflage aufnahme aufsicht auftrag aufwand ausbildung ausgabe ' +
  'auskunft ausschuss ausweis auszahlung auszug bank bau beamter bedarf bedingung beginn behörde beihilfe beitrag beleg ' +
  'berater beratung bereich bericht beruf bescheid bescheinigung beschluss beschreibung beschwerde besitz besprechung ' +
  'bestand bestätigung bestellung bestimmung besuch beteiligung betrag betrieb bewerbung bezug bilanz bild bildung brief ' +
  'buch buchhaltung chef zentrale buchung bund bürger büro darlehen datei daten datum dauer dienst dokument durchführung eigentum ' +
  'einheit einkauf einkommen einladung einnahme eintrag einzug empfänger ende entgelt entscheidung entwicklung erbe ' +
  'erbschaft ergebnis erhöhung erklärung erlaubnis erlass ersatz erstattung ertrag fach fahrt fall familie finanz firma ' +
  'förderung formular forschung frage freigabe frist führung garantie gebühr gehalt geld gemeinde genehmigung gericht ' +
  'geschäft gesellschaft gesetz gewerbe gewinn grenze grund gruppe gutachten guthaben haftung handel haushalt honorar ' +
  'immobilie inhaber insolvenz interesse inventar jahr kanzlei kapital kasse kauf käufer klage klausel konferenz ' +
  'konkurs konto kontrolle kopie kosten kredit kunde kündigung kurs lager land lasten leasing lehre leistung leitung ' +
  'lieferant lieferung liste lizenz lohn mahnung makler mandant mangel markt maßnahme meister meldung miete mieter ' +
  'minister ministerium mitarbeiter mitglied mittel monat nachlass nachricht nachweis name notar nummer nutzung ordnung ' +
  'organisation partei partner patent pension personal pfand pflege pflicht plan planung polizei post prämie praxis preis ' +
  'produkt produktion projekt prospekt protokoll provision prozess prüfung qualität quittung rabatt rat rate raum ' +
  'rechnung recht regel regelung regierung register reise rente reparatur richter richtlinie risiko rückgabe rückzahlung ' +
  'sache sachen satz schaden schein schluss schreiben schuld schuldner schule schutz seite sekretär selbst service sitz ' +
  'sitzung soll sozial sparen spende staat stadt stand standort statistik stelle stellung steuer stiftung stimme strafe ' +
  'stunde summe system tabelle tag tarif teil termin text titel träger überweisung umsatz umzug unfall unterhalt ' +
  'unterlage unternehmen unterricht unterschrift urkunde urlaub urteil verband verein vereinbarung verfahren verfassung ' +
  'vergleich vergütung verhalten verhandlung verkauf verkäufer verlag verlust vermieter vermittlung vermögen verordnung ' +
  'versammlung versand versicherung versorgung vertrag vertreter verwalter verwaltung verzeichnis vollmacht vorgang ' +
  'vorlage vorschlag vorschrift vorstand wahl ware wechsel werbung werk wert wesen wettbewerb wirtschaft woche wohn ' +
  'zahl zahlung zeichen zeit zeitung zeugnis ziel zins zoll zugang zulage zulassung zusage zusatz zuschlag zuschuss zweck ' +
  // house, home and everyday life
  'abend abfall abwasser apfel auto bad bahn bahnhof balkon ball bau baum becken bein besteck bett bier blatt blei blume ' +
  'boden bohne bohrer brand brille brot brücke bruch brunnen brust bühne burg bus butter creme dach dampf decke draht ' +
  'druck dusche ecke ei eimer eingang eis eisen essen fabrik faden fahrer fahrrad fahrzeug farbe fass feder feier feld ' +
  'fenster fest fett feuer film fisch flasche fleck fleisch flucht flug flügel flugzeug flur fluss flüssig form foto ' +
  'freiheit freizeit freund frieden frost frucht früh frühstück fuß fußball futter gabel gang garage garten gas gast ' +
  'gebäude gebiet geburt geburtstag gefahr gefäß gehäuse geist gelände gemüse gerät gericht geruch geschenk geschichte ' +
  'geschirr geschoss geschwindigkeit gesicht gesundheit getränk getreide gewebe gewicht gewitter glas gold gras griff ' +
  'größe gummi gürtel haar hafen hahn halle hals hand handel handwerk haus haut hebel heft heim heizung hemd herd herz ' +
  'hilfe himmel hitze hobel hof höhe höhle holz honig hose hotel hund hut insel jacke jagd kabel kaffee kalender kalk ' +
  'kälte kamera kamin kamm kampf kanal kanne kante karte kartoffel käse katze keller kern kerze kessel kette kind kino ' +
  'kirche kissen kiste klasse kleid kleidung klima klinge knopf koch koffer kohle kohl kopf korb korn körper kraft kraftwerk kran ' +
  'krank kranker kraut kreis kreuz krieg krone küche kuchen kugel kühl kultur kunst kupfer küste lack laden lampe länge ' +
  'lärm laser last laub lauf leben leder leiste leiter licht liebe lied linie linse lippe loch löffel luft lunge magen ' +
  'maler mann mantel märchen marke maschine maß masse mast material mauer maus meer mehl mensch messer messe messung metall milch ' +
  'mischung mittag mitte möbel mode moor mord morgen motor müll mund museum musik muster mutter nacht nadel nagel ' +
  'nahrung nase natur nebel netz niederschlag nord nuss ober obst ofen öffnung ohr öl opfer ordner ort ost paar papier ' +
  'park pause person pfanne pferd pflanze pfleger pflicht pilz platte platz plastik probe programm pult pumpe punkt puppe ' +
  'putz quelle rad radio rahmen rand rasen raster regal regen reich reifen reihe reinigung ring ritter rohr rolle rose ' +
  'rücken ruf ruhe rund saal säge saft salat salz samen sand sänger satz säule säure schacht schale schalter schatten ' +
  'schatz schaum scheibe schicht schiff schifffahrt schild schirm schlaf schlag schlange schlauch schlitten schloss ' +
  'schlüssel schmerz schmuck schnee schneider schnitt schrank schraube schritt schuh schüler schulter schüssel schwamm ' +
  'schwein schwelle schwester schwimm see seele segel sehne seide seife seil seite sender sessel sicherheit sicht sieb ' +
  'signal silber sinn sohn sommer sonne sorge spalt spange spannung spaß speicher speise spiegel spiel spieler spinne ' +
  'spitze sport sprache sprung spur stab stadion stahl stall stamm stange staub stein stern steuerung stich stiefel stift stille ' +
  'stock stoff strahl strand straße strecke streifen streit strom strömung stück student studie studium stuhl sturm süd ' +
  'suche sucht suppe tafel tal tank tanz tasche tasse taste taxi technik tee teich teller tempel teppich theater thema ' +
  'tier tisch tochter tod ton topf tor torte tour traktor traum treffen treppe trink trocken tropfen tuch tunnel tür turm ' +
  'typ ufer uhr umwelt vater verband verbindung verbrauch verkehr verlauf verletzung verpackung versuch vieh vogel volk ' +
  'vorhang vorrat waage wache wachs waffe wagen wald wand wanderung wanne wärme wasch wäsche wasser weg weide wein ' +
  'welle welt wende west wetter wind winkel winter wissen wissenschaft wohnung wolf wolke wolle wort wunde wunsch wurst ' +
  'wurzel wüste zahn zange zaun zeichnung zeile zelle zelt zentrum zimmer zirkus zitrone zone zucker zug zukunft zunge ' +
  // science, health and technology
  'analyse anfall antrieb arzt ärzte atem atom auge automat bakterie batterie bauch behandlung bewegung blase blut ' +
  'chemie chirurgie code computer darm diagnose dichte drüse elektro element energie entzündung erdbeben erde erkrankung ' +
  'fehler fieber filter forscher funk funktion gehirn gelenk gen geräusch gift gleichung grad grippe hirn hormon ' +
  'impfung impfstoff infektion information ingenieur institut instrument intelligenz internet klinik knochen kommunikation konstruktion ' +
  'konzentration krankheit krankenhaus krebs kunststoff labor ladung legierung lehrer leiter lösung magnet medikament ' +
  'medizin mechanik menge methode mikro mineral mittel modell molekül monitor muskel mutation nerv niere operation organ ' +
  'patient phase physik planet problem protein rakete reaktion reaktor rechner region rezept richtung schaltung schwanger ' +
  'schwangerschaft sensor simulation software sonde station stoffwechsel störung struktur symptom tabletten technologie ' +
  'telefon temperatur test therapie tiefe tumor umfang universität untersuchung ursache vakuum ventil verbrennung ' +
  'verstärker virus vitamin volumen wachstum werkstoff werkzeug wirkstoff wirkung wirbel zustand ' +
  // people, history and the like
  'abgeordneter adel armee autor bauer bevölkerung bischof bruder bündnis denkmal dichter dorf dynastie ehe eltern fürst ' +
  'gefangener gegend geschlecht gewalt gewerkschaft glaube gott graf heer held herr herrschaft herzog hochschule jugend jude ' +
  'junge kaiser kanzler kloster kolonie könig königin konzert künstler leute literatur macht mädchen mannschaft marine ' +
  'mehrheit minderheit nation niederlage oper orden papst parlament präsident priester prinz redner reform reformation ' +
  'religion republik revolution richter roman sage schrift schriftsteller schlacht siedlung sieg sieger soldat sprecher ' +
  'stil student tradition trainer turnier verteidigung verteidiger vertretung vorfahr wähler werk zeitalter zeuge'
