#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

namespace lagotto {

/// Calls work(i) for each i below count, worker w taking i = w, w + threads, …; rethrows the first exception.
inline void parallel(size_t count, int threads, const std::function<void(size_t index, int worker)>& work) {
    std::vector<std::exception_ptr> errors(static_cast<size_t>(threads));
    const auto run = [&](int worker) {
        try {
            for (size_t i = worker; i < count; i += threads) work(i, worker);
        } catch (...) {
            errors[worker] = std::current_exception();
        }
    };
    std::vector<std::thread> others;
    for (int worker = 1; worker < threads; worker++) others.emplace_back(run, worker);
    run(0);
    for (std::thread& other : others) other.join();
    for (const auto& error : errors) {
        if (error) std::rethrow_exception(error);
    }
}

}  // namespace lagotto
