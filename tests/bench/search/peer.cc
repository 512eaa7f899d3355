// SPDX-License-Identifier: GPL-3.0-or-later
// One peer library on the files of bench-search: builds its graph, then asks one query at
// a time in one thread at rising effort. One figure a line as JSON. Compiled by run.py
// with -DPEER_HNSWLIB, -DPEER_FAISS or -DPEER_USEARCH.
//
//   peer FOLDER N D EFC THREADS

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

static const size_t n_queries = 1000, k = 10;

#if defined(PEER_HNSWLIB)
#include <hnswlib/hnswlib.h>
struct Peer {
    hnswlib::InnerProductSpace space;
    hnswlib::HierarchicalNSW<float> graph;
    Peer(size_t n, size_t d, size_t efc) : space(d), graph(&space, n, 16, efc, 42) {}
    void build(const float *base, size_t n, size_t d, size_t threads)
    {
        std::vector<std::thread> all;
        for (size_t t = 0; t < threads; t++)
            all.emplace_back([=, this] {
                for (size_t i = t; i < n; i += threads)
                    graph.addPoint(base + i * d, i);
            });
        for (auto &thread : all)
            thread.join();
    }
    void effort(size_t ef) { graph.setEf(ef); }
    size_t ask(const float *query, size_t *found)
    {
        auto best = graph.searchKnn(query, k);
        size_t n = best.size();
        for (size_t i = 0; i < n; i++, best.pop())
            found[i] = best.top().second;
        return n;
    }
    double bytes(size_t n)
    {
        double links = 0;
        for (size_t i = 0; i < n; i++)
            if (graph.element_levels_[i] > 0)
                links += graph.element_levels_[i] * graph.size_links_per_element_;
        return graph.size_data_per_element_ + links / n + sizeof(void *) + sizeof(int);
    }
};
#elif defined(PEER_FAISS)
#include <faiss/IndexHNSW.h>
#include <omp.h>
struct Peer {
    faiss::IndexHNSWFlat graph;
    Peer(size_t, size_t d, size_t efc) : graph(d, 16, faiss::METRIC_INNER_PRODUCT)
    {
        graph.hnsw.efConstruction = efc;
    }
    void build(const float *base, size_t n, size_t, size_t threads)
    {
        omp_set_num_threads(threads);
        graph.add(n, base);
        omp_set_num_threads(1);
    }
    void effort(size_t ef) { graph.hnsw.efSearch = ef; }
    size_t ask(const float *query, size_t *found)
    {
        float scores[k];
        faiss::Index::idx_t ids[k];
        graph.search(1, query, k, scores, ids);
        for (size_t i = 0; i < k; i++)
            found[i] = ids[i];
        return k;
    }
    double bytes(size_t n)
    {
        return graph.d * 4.0 + (double) graph.hnsw.neighbors.size() * 4 / n + 12;
    }
};
#elif defined(PEER_USEARCH)
#include <usearch/index_dense.hpp>
using namespace unum::usearch;
struct Peer {
    index_dense_t graph;
    Peer(size_t n, size_t d, size_t efc)
    {
        graph = index_dense_t::make(metric_punned_t(d, metric_kind_t::ip_k),
                                    index_dense_config_t(16, efc, 64));
        graph.reserve(index_limits_t(n, 2));
    }
    void build(const float *base, size_t n, size_t d, size_t threads)
    {
        std::vector<std::thread> all;
        for (size_t t = 0; t < threads; t++)
            all.emplace_back([=, this] {
                for (size_t i = t; i < n; i += threads)
                    graph.add(i, base + i * d, t);
            });
        for (auto &thread : all)
            thread.join();
    }
    void effort(size_t ef) { graph.change_expansion_search(ef); }
    size_t ask(const float *query, size_t *found)
    {
        auto result = graph.search(query, k);
        for (size_t i = 0; i < result.size(); i++)
            found[i] = result[i].member.key;
        return result.size();
    }
    double bytes(size_t n) { return (double) graph.memory_usage() / n; }
};
#endif

static double wall()
{
    using namespace std::chrono;
    return duration<double>(steady_clock::now().time_since_epoch()).count();
}

static double cpu()
{
    timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec + 1e-9 * now.tv_nsec;
}

template <typename T>
static std::vector<T> read(const std::string &path, size_t count)
{
    std::vector<T> data(count);
    FILE *file = fopen(path.c_str(), "rb");
    if (!file || fread(data.data(), sizeof(T), count, file) != count)
        exit(1);
    fclose(file);
    return data;
}

int main(int argc, char **argv)
{
    if (argc != 6)
        return 2;
    std::string folder = argv[1];
    size_t n = atol(argv[2]), d = atol(argv[3]), efc = atol(argv[4]);
    size_t threads = atol(argv[5]);
    auto base = read<float>(folder + "/base.f32", n * d);
    auto queries = read<float>(folder + "/queries.f32", n_queries * d);
    auto truth = read<int>(folder + "/truth.i32", n_queries * k);
    double start = wall(), used = cpu();
    Peer peer(n, d, efc);

    peer.build(base.data(), n, d, threads);
    printf("{\"what\": \"build\", \"threads\": %zu, \"cpu\": %.2f, \"wall\": %.2f, "
           "\"bytes\": %.1f}\n",
           threads, cpu() - used, wall() - start, peer.bytes(n));
    fflush(stdout);
    if (threads > 1)
        return 0;
    for (size_t ef : {12, 16, 20, 24, 32, 40, 48, 56, 64, 80, 96, 128, 256}) {
        double best = 1e9;
        size_t n_true = 0;

        peer.effort(ef);
        for (int round = 0; round < 2; round++) {
            double begin = cpu(); // one thread; other processes do not count

            n_true = 0;
            for (size_t q = 0; q < n_queries; q++) {
                size_t found[k], n_found = peer.ask(&queries[q * d], found);

                for (size_t i = 0; i < n_found; i++)
                    for (size_t j = 0; j < k; j++)
                        n_true += found[i] == (size_t) truth[q * k + j];
            }
            best = std::min(best, cpu() - begin);
        }
        printf("{\"what\": \"graph\", \"ef\": %zu, \"recall\": %.4f, \"qps\": %.0f}\n", ef,
               (double) n_true / (n_queries * k), n_queries / best);
    }
    return 0;
}
