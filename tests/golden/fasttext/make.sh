#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes the fastText models and the vectors beside them, with the program "fasttext" of
# Debian 12 (0.9.2). The texts are the script's own.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/corpus" << 'END'
the red apple lies on the table and the green pear lies in the bowl
a dog runs on the grass and a cat sleeps on the chair
赤い 林檎 が 机 の 上 に ある と 猫 が 言う
緑 の 梨 が 皿 の 中 に ある と 犬 が 言う
naïve café owners över the straße told the dog about größe
the cat and the dog eat the apple and the pear 林檎 と 梨
END
for i in 1 2 3 4 5 6; do cat "$work/corpus"; done > "$work/text"
sed -e 's/^\(.*\)\(猫\|cat\)/__label__cat \1\2/' -e '/^__label__/!s/^/__label__other /' \
  "$work/text" > "$work/labelled"
common="-dim 6 -epoch 20 -minCount 1 -thread 1 -verbose 0"
fasttext skipgram -input "$work/text" -output "$work/skipgram" $common -bucket 200 -minn 2 -maxn 4
fasttext cbow -input "$work/text" -output "$work/cbow" $common -bucket 50 -minn 1 -maxn 0
fasttext supervised -input "$work/labelled" -output "$work/supervised" $common -bucket 300 \
  -wordNgrams 3 -minn 2 -maxn 3
for kind in plain norm; do
  cp "$work/supervised.bin" "$work/$kind.bin"
  cp "$work/supervised.vec" "$work/$kind.vec"
done
fasttext quantize -input "$work/labelled" -output "$work/plain" -dsub 4 -verbose 0
fasttext quantize -input "$work/labelled" -output "$work/norm" -dsub 2 -qnorm -cutoff 280 \
  -verbose 0
cp "$work/skipgram.bin" "$work/cbow.bin" "$work/supervised.bin" "$work/plain.ftz" \
  "$work/norm.ftz" .

cat > texts.txt << 'END'
the red apple
dog
an unseen tableau of größer 犬小屋 と naïveté
赤い 林檎 が 机 の 上 に ある
__label__cat the cat
x y z
END
for model in skipgram.bin cbow.bin supervised.bin plain.ftz norm.ftz; do
  fasttext print-sentence-vectors $model < texts.txt | sed "s/ *$//" > "${model%.*}.txt"
done
printf 'apple\n林檎\nunseen\n犬小屋\ngrößer\n</s>\n' > words.txt
fasttext print-word-vectors skipgram.bin < words.txt | sed "s/ *$//" > skipgram-words.txt
