import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.LongField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.FuzzyQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortedNumericSelector;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopFieldCollectorManager;
import org.apache.lucene.search.TopScoreDocCollectorManager;
import org.apache.lucene.search.uhighlight.CustomSeparatorBreakIterator;
import org.apache.lucene.search.uhighlight.UnifiedHighlighter;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.VectorUtil;
import org.apache.lucene.util.Version;

/** Lucene as one of the engines: the actions and the protocol of worker.py, timed in here. */
public final class LucenePeer {
  private static final StandardAnalyzer ANALYZER = new StandardAnalyzer(CharArraySet.EMPTY_SET);
  private static final Sort NEWEST =
      new Sort(LongField.newSortField("date", true, SortedNumericSelector.Type.MAX));
  private static final PrintStream OUT = new PrintStream(System.out, false, StandardCharsets.UTF_8);

  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "version" -> {
        VectorUtil.dotProduct(new float[64], new float[64]); // so that the log tells what it uses
        OUT.println(Version.LATEST + ", Java " + System.getProperty("java.version"));
      }
      case "write" -> {
        write(Path.of(args[1]), Path.of(args[2]), Integer.parseInt(args[3]));
        OUT.println("peak_kb " + peakKb());
      }
      case "cold" -> {
        Asked asked = Asked.of("or_snip\t" + args[2] + "\t\t0\t0");
        IndexSearcher index = open(Path.of(args[1]));
        Hits hits = search(index, asked);
        String[] ids = ids(index, hits);
        for (int i = 0; i < ids.length; i++) OUT.println(ids[i] + " " + hits.snippets[i]);
        OUT.println("peak_kb " + peakKb());
      }
      default -> serve(Path.of(args[1]), args[2].equals("cpu"));
    }
    OUT.flush();
  }

  private static void write(Path directory, Path articles, int workers) throws Exception {
    IndexWriterConfig config = new IndexWriterConfig(ANALYZER).setRAMBufferSizeMB(256);
    try (FSDirectory files = FSDirectory.open(directory);
        IndexWriter writer = new IndexWriter(files, config);
        BufferedReader lines = Files.newBufferedReader(articles);
        ExecutorService pool = Executors.newFixedThreadPool(workers)) {
      Future<?>[] done = new Future<?>[workers];
      for (int i = 0; i < workers; i++) done[i] = pool.submit(() -> add(writer, lines));
      for (Future<?> each : done) each.get();
      writer.commit();
    }
  }

  private static Void add(IndexWriter writer, BufferedReader lines) throws IOException {
    while (true) {
      String line;
      synchronized (lines) {
        line = lines.readLine();
      }
      if (line == null) return null;
      String[] columns = line.split("\t", -1);
      Document document = new Document();
      document.add(new StringField("id", columns[0], Field.Store.YES));
      document.add(new LongField("date", Long.parseLong(columns[1]), Field.Store.YES));
      document.add(new TextField("title", columns[2], Field.Store.YES));
      document.add(new TextField("body", columns[3], Field.Store.YES));
      writer.addDocument(document);
    }
  }

  private static IndexSearcher open(Path directory) throws IOException {
    IndexSearcher index = new IndexSearcher(DirectoryReader.open(FSDirectory.open(directory)));
    index.setQueryCache(null);
    return index;
  }

  private record Asked(String kind, String[] words, String[] phrase, long since, long until) {
    static Asked of(String line) {
      String[] columns = line.split("\t", -1);
      return new Asked(
          columns[0],
          columns[1].isEmpty() ? new String[0] : columns[1].split(" "),
          columns[2].isEmpty() ? new String[0] : columns[2].split(" "),
          Long.parseLong(columns[3]),
          Long.parseLong(columns[4]));
    }
  }

  private record Hits(TopDocs docs, String[] snippets) {}

  private static Query all(Occur occur, String[] words, String... fields) {
    BooleanQuery.Builder query = new BooleanQuery.Builder();
    for (String word : words)
      for (String field : fields) query.add(new TermQuery(new Term(field, word)), occur);
    return query.build();
  }

  private static Query query(Asked asked) {
    String[] words = asked.words;
    return switch (asked.kind) {
      case "term", "sort_date" -> new TermQuery(new Term("body", words[0]));
      case "title_term" -> new TermQuery(new Term("title", words[0]));
      case "or", "or_snip" -> all(Occur.SHOULD, words, "body");
      case "or_tb" -> all(Occur.SHOULD, words, "title", "body");
      case "and" -> all(Occur.MUST, words, "body");
      case "prefix" -> new PrefixQuery(new Term("body", words[0]));
      case "fuzzy" -> new FuzzyQuery(new Term("body", words[0]), 1);
      case "phrase" -> {
        Query phrase = new PhraseQuery("body", asked.phrase);
        if (words.length == 0) yield phrase;
        BooleanQuery.Builder both = new BooleanQuery.Builder().add(phrase, Occur.MUST);
        for (String word : words) both.add(new TermQuery(new Term("body", word)), Occur.MUST);
        yield both.build();
      }
      case "date_or" ->
          new BooleanQuery.Builder()
              .add(all(Occur.SHOULD, words, "body"), Occur.MUST)
              .add(LongField.newRangeQuery("date", asked.since, asked.until), Occur.FILTER)
              .build();
      default -> throw new IllegalArgumentException(asked.kind);
    };
  }

  private static Hits search(IndexSearcher index, Asked asked) throws IOException {
    Query query = query(asked);
    if (asked.kind.equals("sort_date")) {
      return new Hits(index.search(query, new TopFieldCollectorManager(NEWEST, 10, null, 10)), null);
    }
    TopDocs docs = index.search(query, new TopScoreDocCollectorManager(10, null, 10));
    if (!asked.kind.equals("or_snip")) return new Hits(docs, null);
    // Sentences by their full stops: the JDK's own sentence iterator takes most of the time.
    UnifiedHighlighter highlighter =
        UnifiedHighlighter.builder(index, ANALYZER)
            .withBreakIterator(() -> new CustomSeparatorBreakIterator('.'))
            .build();
    return new Hits(docs, highlighter.highlight("body", query, docs, 1));
  }

  private static String[] ids(IndexSearcher index, Hits hits) throws IOException {
    String[] ids = new String[hits.docs.scoreDocs.length];
    for (int i = 0; i < ids.length; i++) {
      int doc = hits.docs.scoreDocs[i].doc;
      ids[i] = index.storedFields().document(doc, Set.of("id")).get("id");
    }
    return ids;
  }

  private static void serve(Path directory, boolean cpu) throws IOException {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    LongSupplier clock = cpu ? threads::getCurrentThreadCpuTime : System::nanoTime;
    IndexSearcher index = open(directory);
    OUT.println("ready");
    OUT.flush();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      int tab = line.indexOf('\t');
      long[] times = new long[Integer.parseInt(line.substring(0, tab))];
      Asked asked = Asked.of(line.substring(tab + 1));
      Hits hits = null;
      for (int i = 0; i < times.length; i++) {
        long started = clock.getAsLong();
        hits = search(index, asked);
        times[i] = clock.getAsLong() - started;
      }
      Arrays.sort(times);
      OUT.print(times[(times.length - 1) / 2]);
      for (String id : ids(index, hits)) OUT.print("\t" + id);
      OUT.println();
      OUT.flush();
    }
  }

  private static long peakKb() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status")))
      if (line.startsWith("VmHWM")) return Long.parseLong(line.replaceAll("\\D", ""));
    return 0;
  }
}
